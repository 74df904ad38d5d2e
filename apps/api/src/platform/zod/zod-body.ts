import { Body, type PipeTransform } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import { unstorableText } from './storable-text.ts';

export { TextAnswer, ZodAnswer } from '../openapi/describe.ts';

/** Most problems that one answer lists. */
const LISTED_PROBLEMS = 10;

/**
 * Parses what came over the wire. The OpenAPI document describes parameters and bodies by the schemas of their pipes.
 * @throws ServonautError `invalid_request` that names the fields, never their values.
 */
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  /** @param text that may stand anywhere in the value; any for what is not kept in the database, such as output of a command */
  constructor(
    readonly schema: Schema,
    readonly text: 'storable' | 'any' = 'storable',
  ) {}

  transform(value: unknown): z.output<Schema> {
    const unstorable = this.text === 'storable' ? unstorableText(value) : undefined;
    if (unstorable) throw notStorable(unstorable);
    const parsed = this.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.slice(0, LISTED_PROBLEMS).map(describeIssue);
    throw new ServonautError('invalid_request', { message: problems.join('; ') });
  }
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

function notStorable(path: string[]): ServonautError {
  const message = describeIssue({ code: 'custom', path, message: 'NUL and half characters cannot be kept' });
  return new ServonautError('invalid_request', { message });
}

/** The JSON body of the request, parsed by `schema`. */
export const ZodBody = (schema: z.ZodType, text?: 'storable' | 'any'): ParameterDecorator =>
  Body(new ZodPipe(schema, text));
