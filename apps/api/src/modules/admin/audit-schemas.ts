import {
  auditChainSchema,
  auditEntrySchema,
  auditHeadSchema,
  auditKindSchema,
  ServonautError,
} from '@servonaut/contracts';
import { z } from 'zod';
import type { AuditCursor, AuditFilter } from '../audit/index.ts';

/** The audit as it looks over HTTP. */

const MOST_LISTED = 200;

const instantSchema = z.iso.datetime({ offset: true });

/** No text of the database holds U+0000. */
const nameSchema = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, 'expected no control characters');

const filterFields = {
  chain: auditChainSchema.optional(),
  /** Short for the chain of that user. */
  user_id: z
    .string()
    .regex(/^\d{1,15}$/, 'expected a number')
    .optional(),
  kind: auditKindSchema.optional(),
  actor_id: nameSchema.optional(),
  request_id: nameSchema.optional(),
  from: instantSchema.optional(),
  until: instantSchema.optional(),
};

export const auditPageSchema = z.strictObject({
  ...filterFields,
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(MOST_LISTED),
});

export const auditExportSchema = z.strictObject({
  ...filterFields,
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
});

export const auditHeadsPageSchema = z.strictObject({
  after: auditChainSchema.optional(),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(MOST_LISTED),
});

export const auditPageAnswerSchema = z.object({
  entries: z.array(auditEntrySchema),
  /** For the page after this one; null when there is none. */
  next_cursor: z.string().nullable(),
});

export const auditHeadsSchema = z.object({
  heads: z.array(auditHeadSchema),
  /** That sign heads: the first now, the others before the master secret was changed. */
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string() })),
});

type FilterFields = z.output<z.ZodObject<typeof filterFields>>;

export function toFilter({ chain, user_id, kind, actor_id, request_id, from, until }: FilterFields): AuditFilter {
  return {
    chain: chain ?? (user_id === undefined ? undefined : `user:${user_id}`),
    kind,
    actorId: actor_id,
    requestId: request_id,
    from: from === undefined ? undefined : new Date(from),
    until: until === undefined ? undefined : new Date(until),
  };
}

const cursorSchema = z.tuple([z.iso.datetime(), auditChainSchema, z.int().min(1)]);

/** The place of the last record of a page. Not secret; whoever makes one up sees no more than by filters. */
export function writeCursor({ at, chain, seq }: AuditCursor): string {
  return Buffer.from(JSON.stringify([at.toISOString(), chain, seq])).toString('base64url');
}

/** @throws ServonautError `invalid_request` */
export function readCursor(text: string): AuditCursor {
  try {
    const [at, chain, seq] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { at: new Date(at), chain, seq };
  } catch (cause) {
    throw new ServonautError('invalid_request', { message: 'cursor: expected one that was given out', cause });
  }
}
