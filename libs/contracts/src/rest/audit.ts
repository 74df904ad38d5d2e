import { z } from 'zod';
import { auditHashSchema } from '../command-result.ts';
import { executorIdSchema, requestIdSchema } from '../identifiers.ts';
import { outcomeSchema } from '../tool-answer.ts';
import { auditEntrySchema, auditHeadSchema } from '../audit/audit-record.ts';

/** The audit over REST: for admins, and for users what they can hold against the audits of their own executors. */

/** In the place of a record that somebody has changed so that it is none any more: a verifier says more. */
export const spoiledEntrySchema = z.object({
  spoiled: z.object({ chain: z.string(), seq: z.int() }),
  hash: z.string(),
});
export type SpoiledEntry = z.infer<typeof spoiledEntrySchema>;

/** A page, the latest first. */
export const auditPageSchema = z.object({
  entries: z.array(z.union([auditEntrySchema, spoiledEntrySchema])),
  next_cursor: z.string().nullable(),
});

/** A public key that signs heads of chains. */
export const auditKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
});

/** A page, by name of the chain. */
export const auditHeadsSchema = z.object({
  heads: z.array(auditHeadSchema),
  /** The first signs now, the others before the master secret was changed. */
  keys: z.array(auditKeySchema),
  next_cursor: z.string().nullable(),
});

/** Records that the webhook has not taken. */
export const deadLetterSchema = z.object({
  id: z.string(),
  chain: z.string(),
  first_seq: z.int(),
  last_seq: z.int(),
  /** What the receiver answered last. */
  error: z.string(),
  at: z.iso.datetime(),
});

/** A page, the oldest first. */
export const deadLettersSchema = z.object({
  dead_letters: z.array(deadLetterSchema),
  next_cursor: z.string().nullable(),
});

export const EXECUTOR_HASHES_PATH = '/api/me/audit/executor-hashes';

/** The end of a call, as an executor has put it on its own record. */
export const executorHashSchema = z.object({
  request_id: requestIdSchema,
  /** When the coordinator recorded it. */
  at: z.iso.datetime(),
  outcome: outcomeSchema,
  executor_id: executorIdSchema,
  /** Of the entry in the audit of the executor. */
  executor_audit_hash: auditHashSchema,
});

/** A page, the oldest first. It may be short, or empty, while there is a next one. */
export const executorHashesSchema = z.object({
  executor_hashes: z.array(executorHashSchema),
  next_cursor: z.string().nullable(),
});

export type ExecutorHashBody = z.infer<typeof executorHashSchema>;
export type ExecutorHashesBody = z.infer<typeof executorHashesSchema>;
export type AuditPageBody = z.infer<typeof auditPageSchema>;
export type AuditHeadsBody = z.infer<typeof auditHeadsSchema>;
export type DeadLetterBody = z.infer<typeof deadLetterSchema>;
