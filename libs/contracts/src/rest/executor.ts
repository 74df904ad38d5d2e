import { z } from 'zod';
import { executorIdSchema, requestIdSchema } from '../identifiers.ts';

/** `offline`: it left, fell silent, or was disconnected. */
export const executorStateSchema = z.enum(['online', 'draining', 'offline']);

/** An executor as an admin sees it: what it is and whether it is there; not the names of its servers. */
export const executorSchema = z.object({
  id: executorIdSchema,
  user_id: z.string(),
  /** Of the credential or grant by which it is connected: to revoke that keeps it away. */
  credential_id: z.string(),
  profile: z.string(),
  version: z.string(),
  state: executorStateSchema,
  registered_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  servers: z.int(),
  tools: z.int(),
  /** Requests that it ran when it was last heard of. */
  running: z.array(requestIdSchema),
});

/** A page, by the user's id as text, then by its own. It may be short while there is a next one. */
export const executorsSchema = z.object({
  executors: z.array(executorSchema),
  next_cursor: z.string().nullable(),
});

export type ExecutorBody = z.infer<typeof executorSchema>;
