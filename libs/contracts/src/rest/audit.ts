import { z } from 'zod';
import { auditEntrySchema, auditHeadSchema } from '../audit/audit-record.ts';

/** The audit over REST, for admins. */

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

export type AuditPageBody = z.infer<typeof auditPageSchema>;
export type AuditHeadsBody = z.infer<typeof auditHeadsSchema>;
export type DeadLetterBody = z.infer<typeof deadLetterSchema>;
