import { z } from 'zod';
import { errorCodeSchema } from './error-codes.ts';
import { executorIdSchema, requestIdSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';

/** How the executor ended the request. `error` covers a command that ran and exited non-zero as well as one that could not run. */
export const resultStatusSchema = z.enum(['success', 'error', 'timeout', 'rejected']);
export type ResultStatus = z.infer<typeof resultStatusSchema>;

/** What a call may do, the worst of its commands: `forbidden` is also what the executor could not read. From best to worst. */
export const commandClassSchema = z.enum(['read-only', 'mutating', 'privileged', 'forbidden']);
export type CommandClass = z.infer<typeof commandClassSchema>;

/** SHA-256 in base64url, as the chains of both audits have it. */
export const auditHashSchema = z.string().regex(/^[\w-]{43}$/, 'expected 43 characters of base64url');

const boundedOutput = z.string().max(WIRE_LIMITS.outputLength);
const byteCount = z.int().min(0);

/**
 * What the executor posts when a request has ended. The first five fields are the base that older executors post; all others
 * are optional, for ever.
 */
export const commandResultSchema = z.object({
  request_id: requestIdSchema,
  /** The executor that the request was addressed to. A result in the name of another one is not taken. */
  executor_id: executorIdSchema.optional(),
  status: resultStatusSchema,
  /** What a reader without the richer fields should see: normally stdout followed by stderr. */
  output: z.string().max(2 * WIRE_LIMITS.outputLength),
  error_message: z.string().max(8_192).nullable().default(null),
  /** Wall time from start to end on the executor, in milliseconds. */
  execution_time_ms: z.number().min(0),

  error_code: errorCodeSchema.optional(),
  /** Exit code of the remote process; null when it ended by a signal or never ran. */
  exit_code: z.int().nullable().optional(),
  /** Signal that ended the remote process, such as `KILL`. */
  signal: z.string().max(16).nullable().optional(),
  stdout: boundedOutput.optional(),
  stderr: boundedOutput.optional(),
  /** True when stdout or stderr is a head and a tail rather than the whole. */
  truncated: z.boolean().optional(),
  /**
   * Of output that is long or was truncated: whether the executor keeps it as it came, so that `read_output` can show the rest. Absent for output
   * that is short, and from older executors.
   */
  output_kept: z.boolean().optional(),
  /** True when the output was not text and is therefore not shown. */
  binary: z.boolean().optional(),
  /** Bytes that the remote process wrote, before any bound. */
  stdout_bytes: byteCount.optional(),
  stderr_bytes: byteCount.optional(),
  /** The policy rule that rejected the request. */
  rule: z.string().max(256).optional(),
  /** How the operator's policy saw the call: its class, and the rule that decided. Absent from older executors. */
  policy: z.object({ class: commandClassSchema, rule: z.string().max(256) }).optional(),
  /** Secrets that did not leave the executor: how many of which kind. Absent when none was found. */
  redactions: z.record(z.string().max(64), z.int().min(1)).optional(),
  /** Hash of the entry about this result in the executor's own audit: SHA-256 in base64url, to cross-check the two audits. */
  audit_hash: auditHashSchema.optional(),
  /**
   * Milliseconds by hop, for those who look for slowness: `delivery` (from `created_at` until the executor had the request, by the coordinator's
   * clock), `queue` (from then until it began to run), `connect`, `exec`, …
   */
  timings: z.record(z.string().max(32), z.number()).optional(),
  /** The tool's structured answer, shaped by its output schema. */
  data: z.record(z.string(), z.unknown()).optional(),
});
export type CommandResult = z.infer<typeof commandResultSchema>;
export type CommandResultInput = z.input<typeof commandResultSchema>;

/** `POST /api/cli/command-ack`: "I have it and am starting". */
export const commandAckSchema = z.object({
  request_id: requestIdSchema,
  executor_id: executorIdSchema.optional(),
  /**
   * "I have it and ask the operator": nothing runs yet, for so many seconds from now at most. Its time to run begins with the next
   * acknowledgement, which does not have this field.
   */
  awaiting_approval_seconds: z.int().min(1).max(WIRE_LIMITS.approvalSeconds).optional(),
});
export type CommandAck = z.infer<typeof commandAckSchema>;

/** `POST /api/cli/command-progress`: output as it comes. `sequence` counts from 0 within the request. */
export const commandProgressSchema = z.object({
  request_id: requestIdSchema,
  executor_id: executorIdSchema.optional(),
  sequence: z.int().min(0),
  stream: z.enum(['stdout', 'stderr']),
  chunk: z.string().max(WIRE_LIMITS.progressChunkLength),
});
export type CommandProgress = z.infer<typeof commandProgressSchema>;
