import { Body, type PipeTransform } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';

export { TextAnswer, ZodAnswer } from '../openapi/describe.ts';

/** Most problems that one answer lists. */
const LISTED_PROBLEMS = 10;

/**
 * Parses what came over the wire. The OpenAPI document describes parameters and bodies by the schemas of their pipes.
 * @throws ServonautError `invalid_request` that names the fields, never their values.
 */
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(readonly schema: Schema) {}

  transform(value: unknown): z.output<Schema> {
    const parsed = this.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.slice(0, LISTED_PROBLEMS).map(describeIssue);
    throw new ServonautError('invalid_request', { message: problems.join('; ') });
  }
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

/** The JSON body of the request, parsed by `schema`. */
export const ZodBody = (schema: z.ZodType): ParameterDecorator => Body(new ZodPipe(schema));
