import {
  auditChainSchema,
  auditKindSchema,
  givenInstantSchema,
  ServonautError,
  type AuditEntry,
  type SpoiledEntry,
} from '@servonaut/contracts';
import { z } from 'zod';
import { PageCursor, pageFields } from '../../platform/http/page-cursor.ts';
import { parseRow, type AuditFilter, type AuditRow } from '../audit/index.ts';
import { userIdParameter } from './admin-schemas.ts';

/** The audit as it looks over HTTP. */

/** No text of the database holds U+0000. */
const nameSchema = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, 'expected no control characters');

const filterFields = {
  chain: auditChainSchema.optional(),
  /** Short for the chain of that user. */
  user_id: userIdParameter.optional(),
  kind: auditKindSchema.optional(),
  actor_id: nameSchema.optional(),
  request_id: nameSchema.optional(),
  from: givenInstantSchema.optional(),
  until: givenInstantSchema.optional(),
};

export const auditQuerySchema = z.strictObject({ ...filterFields, ...pageFields });

export const auditExportSchema = z.strictObject({
  ...filterFields,
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
});

export const auditHeadsQuerySchema = z.strictObject(pageFields);

/** When, the chain, and the place in it. */
export const auditCursor = new PageCursor(z.tuple([givenInstantSchema, auditChainSchema, z.int().min(1)]));

export const auditHeadsCursor = new PageCursor(auditChainSchema);

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

/** What somebody has spoiled hides nothing beside it. */
export function presentRow(row: AuditRow): AuditEntry | SpoiledEntry {
  try {
    return parseRow(row);
  } catch (error) {
    if (!(error instanceof ServonautError)) throw error;
    const { chain, seq, hash } = row;
    return { spoiled: { chain, seq }, hash };
  }
}
