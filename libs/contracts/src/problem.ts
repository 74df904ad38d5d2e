import { z } from 'zod';
import { errorRow, errorCodeSchema } from './error-codes.ts';
import { ServonautError } from './servonaut-error.ts';

/** Body of every error answer over HTTP: problem details (RFC 9457) with our code, the next step and public facts. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: errorCodeSchema,
  next_step: z.string(),
  retryable: z.boolean(),
  /** Id of the HTTP request, as in the logs. */
  instance: z.string().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** The public face of an error. `detail` here is RFC 9457's word for the public sentence; the private detail stays behind. */
export function toProblem(error: ServonautError, instance?: string): Problem {
  const { http, sentence, retryable } = errorRow(error.code);
  return {
    type: `urn:servonaut:error:${error.code}`,
    title: sentence,
    status: http,
    detail: error.message,
    code: error.code,
    next_step: error.nextStep,
    retryable,
    ...(instance !== undefined && { instance }),
    ...(Object.keys(error.facts).length > 0 && { facts: error.facts }),
  };
}

/** The error that a problem body describes, or undefined when the body is not one of ours. */
export function fromProblem(body: unknown): ServonautError | undefined {
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { code, detail, next_step: nextStep, facts } = parsed.data;
  return new ServonautError(code, { message: detail, nextStep, ...(facts && { facts }) });
}
