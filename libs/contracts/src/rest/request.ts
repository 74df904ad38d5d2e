import { z } from 'zod';
import { errorCodeSchema } from '../error-codes.ts';
import { executorIdSchema, requestIdSchema, serverNameSchema, toolNameSchema } from '../identifiers.ts';
import { principalSchema } from '../principal.ts';
import { outcomeSchema } from '../tool-answer.ts';

/** Where a command request stands; see docs/protocol/relay.md. */
export const requestStateSchema = z.enum(['queued', 'published', 'awaiting_approval', 'started', 'finished']);

/** A command request as an admin sees it: who asked for what, and how it went. Neither arguments nor output, which are the user's. */
export const requestSchema = z.object({
  id: requestIdSchema,
  /** On whose executor it runs. */
  user_id: z.string(),
  /** Who asked. */
  principal: principalSchema.pick({ kind: true, id: true }),
  /** By which delegation, when it is another user who asked; null for what users ask of their own executors. */
  delegation: z.object({ id: z.string(), caller_id: z.string() }).nullable(),
  executor_id: executorIdSchema,
  tool: toolNameSchema,
  server: serverNameSchema.nullable(),
  state: requestStateSchema,
  /** Null until the state is `finished`. */
  outcome: outcomeSchema.nullable(),
  /** Why it did not go well; null where nothing is wrong, or the command's own exit code says it. */
  error_code: errorCodeSchema.nullable(),
  created_at: z.iso.datetime(),
  published_at: z.iso.datetime().nullable(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
});

/** A page, by the user's id as text, then the latest first. It may be short while there is a next one. */
export const requestsSchema = z.object({
  requests: z.array(requestSchema),
  next_cursor: z.string().nullable(),
});

export type RequestBody = z.infer<typeof requestSchema>;
