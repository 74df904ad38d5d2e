import { Body, type PipeTransform } from '@nestjs/common';
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';

/** Most problems that one answer lists. */
const LISTED_PROBLEMS = 10;

/**
 * Parses what came over the wire.
 * @throws ServonautError `invalid_request` that names the fields, never their values.
 */
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

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

/** The JSON body of the request, parsed by `schema`, which also describes it in the OpenAPI document. */
export function ZodBody(schema: z.ZodType): ParameterDecorator {
  const body = Body(new ZodPipe(schema));
  return (target, method, index) => {
    body(target, method, index);
    if (method === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, method);
    if (descriptor) ApiBody({ schema: openApiSchema(schema, 'input') })(target, method, descriptor);
  };
}

/** Describes an answer in the OpenAPI document. */
export const ZodAnswer = (status: number, schema: z.ZodType, description: string): MethodDecorator =>
  ApiResponse({ status, description, schema: openApiSchema(schema, 'output') });

function openApiSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  return jsonSchema as Parameters<typeof ApiBody>[0] extends { schema: infer S } ? S : never;
}
