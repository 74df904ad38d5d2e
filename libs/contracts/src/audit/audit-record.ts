import { z } from 'zod';

/** SHA-256, in base64url. */
const digestSchema = z.string().regex(/^[\w-]{43}$/, 'expected 43 characters of base64url');

/** The chain of what concerns no user: what admins do, sign-ins to accounts that do not exist, the audit itself. */
export const COORDINATOR_CHAIN = 'coordinator';

/** The kind of what stands in that chain of each other one, so that none can go without a trace. */
export const CHAIN_BEGUN = 'chain.begun';

/** The name of a chain: `coordinator`, or `user:` and the id of the user whose it is. */
export const auditChainSchema = z
  .string()
  .regex(/^(?:coordinator|user:[A-Za-z0-9_-]{1,64})$/, 'expected "coordinator", or "user:" and an id');

/** The chain of a user, or that of the coordinator for what concerns none. */
export function auditChainOf(userId: string | null): string {
  return userId === null ? COORDINATOR_CHAIN : `user:${userId}`;
}

/** Whose chain it is; null for the coordinator's. */
export function userOfChain(chain: string): string | null {
  return chain === COORDINATOR_CHAIN ? null : chain.slice('user:'.length);
}

/** What happened: an area and a verb. Readers take kinds that they do not know; docs/protocol/audit.md lists those that there are. */
export const auditKindSchema = z
  .string()
  .max(64)
  .regex(/^[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*$/, 'expected an area and a verb, such as call.ended');

/** Who did it. Members that this version does not know are kept, here and below: they are hashed too. */
export const auditActorSchema = z.looseObject({
  /** `coordinator`: nobody asked for it, such as a deadline. `stranger`: whoever it was has shown no proof of it. */
  kind: z.enum(['user', 'credential', 'executor', 'coordinator', 'stranger']),
  /** Of the user, the credential or grant, or the executor; null for the last two kinds. */
  id: z.string().max(128).nullable(),
  /** For people. */
  label: z.string().max(128).optional(),
  /** Network address that it came from, as the coordinator saw it. */
  address: z.string().max(64).optional(),
});
export type AuditActor = z.infer<typeof auditActorSchema>;

/** One event. What is hashed is exactly this, in canonical form. */
export const auditRecordSchema = z.looseObject({
  v: z.literal(1),
  chain: auditChainSchema,
  /** Counts from 1 within the chain, without a gap. */
  seq: z.int().min(1),
  /** When it happened, by the clock of the process that recorded it: within a chain not always ascending. */
  at: z.iso.datetime(),
  kind: auditKindSchema,
  actor: auditActorSchema,
  /** Of the command request, or else of the HTTP request that it belongs to. */
  request_id: z.string().max(128).nullable(),
  data: z.record(z.string(), z.json()),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** A record in its chain. */
export const auditEntrySchema = z.object({
  record: auditRecordSchema,
  hash: digestSchema,
  /** In an export: by what the coordinator finds the record, where that is not what the record says. */
  filed_as: z.looseObject({}).optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** How far a chain goes. */
const unsignedHeadSchema = z.looseObject({
  v: z.literal(1),
  chain: auditChainSchema,
  /** Of the last record; one less than `first_seq` when there is none. */
  seq: z.int().min(0),
  hash: digestSchema,
  /** When the chain last changed. */
  at: z.iso.datetime(),
  /** Of the oldest record that is kept. */
  first_seq: z.int().min(1),
  /** The hash of the record before it, which is gone; `NO_RECORD` when there was none. */
  first_prev: digestSchema,
  /** Which key has signed: the public key itself, in base64url. Believed only by whoever knows it from elsewhere. */
  kid: z.string().max(128),
});
export type UnsignedAuditHead = z.infer<typeof unsignedHeadSchema>;

/** The same, signed by the coordinator. */
export const auditHeadSchema = unsignedHeadSchema.extend({
  /** Ed25519 (RFC 8032) over the other members, in base64url. */
  signature: z.string().regex(/^[\w-]{86}$/, 'expected 86 characters of base64url'),
});
export type AuditHead = z.infer<typeof auditHeadSchema>;

/** A line of an export, or of a delivery: first the head of a chain, then its entries. */
export const auditLineSchema = z.union([z.object({ head: auditHeadSchema }), auditEntrySchema]);
export type AuditLine = z.infer<typeof auditLineSchema>;
