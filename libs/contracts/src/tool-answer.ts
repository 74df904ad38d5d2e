import { z } from 'zod';
import { combinedAnswerSchema } from './combine/index.ts';
import { commandClassSchema } from './command-result.ts';
import { errorCodeSchema } from './error-codes.ts';
import { requestIdSchema, serverAddressSchema } from './identifiers.ts';

/** How a request ended, or that it has not ended yet. */
export const OUTCOMES = [
  'succeeded',
  'failed',
  'rejected',
  'timed_out',
  'cancelled',
  'not_delivered',
  'unknown',
] as const;
export const outcomeSchema = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof outcomeSchema>;

/** What an agent learns of an error. */
export const agentErrorSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  next_step: z.string(),
  retryable: z.boolean(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
export type AgentError = z.infer<typeof agentErrorSchema>;

/** The outcome on one server, named as in the call. `server` is null for a tool that acts on the executor itself. */
export const serverAnswerSchema = z.object({
  server: serverAddressSchema.nullable(),
  /** Of the request to this server, when the call was for several. */
  request_id: requestIdSchema.optional(),
  status: z.enum([...OUTCOMES, 'pending']),
  /** While it is pending for that: until when the operator may approve it. */
  approval_until: z.iso.datetime().optional(),
  exit_code: z.int().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.boolean(),
  duration_ms: z.number(),
  stdout_bytes: z.int().optional(),
  stderr_bytes: z.int().optional(),
  output_kept: z.boolean().optional(),
  binary: z.boolean().optional(),
  signal: z.string().optional(),
  rule: z.string().optional(),
  /** How the operator's policy saw the call. */
  policy: z.object({ class: commandClassSchema, rule: z.string() }).optional(),
  /** Secrets that were left out of the output, by kind. */
  redactions: z.record(z.string(), z.int()).optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  timings: z.record(z.string(), z.number()).optional(),
  error: agentErrorSchema.optional(),
});
export type ServerAnswer = z.infer<typeof serverAnswerSchema>;

/** `structuredContent` of every tool that goes through the relay, also for one server. */
export const toolAnswerSchema = z.object({
  /** Null when the call was refused before a request existed, or was for several servers, each of which has its own. */
  request_id: requestIdSchema.nullable(),
  results: z.array(serverAnswerSchema).min(1),
  /** What several servers have answered as one, for tools that say how. The results are then without what is here. */
  combined: combinedAnswerSchema.optional(),
});
export type ToolAnswer = z.infer<typeof toolAnswerSchema>;
