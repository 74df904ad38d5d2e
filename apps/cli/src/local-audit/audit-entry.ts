import { hash } from 'node:crypto';
import { auditKindSchema, canonicalJson, linkHash } from '@servonaut/contracts';
import { z } from 'zod';

/** SHA-256 of the text in UTF-8, in base64url. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url');

export const digestSchema = z.string().regex(/^[\w-]{43}$/);

/** What is hashed, in canonical form. Members and kinds that this version does not know are kept: they are hashed, too. */
const recordSchema = z.looseObject({
  v: z.literal(1),
  /** Counts from 1 without a gap. */
  seq: z.int().min(1),
  at: z.iso.datetime(),
  kind: auditKindSchema,
  request_id: z.string().nullable(),
  data: z.record(z.string(), z.json()),
});
export type LocalRecord = z.infer<typeof recordSchema>;

const entrySchema = z.object({ hash: digestSchema, record: recordSchema });
export type LocalEntry = z.infer<typeof entrySchema>;

/** Of an entry: its number and hash. */
export interface ChainLink {
  readonly seq: number;
  readonly hash: string;
}

/** @throws TypeError for what has no canonical form */
export function entryLine(previous: string, record: LocalRecord): { readonly hash: string; readonly line: string } {
  const canonical = canonicalJson(record);
  const own = linkHash(sha256, previous, canonical);
  return { hash: own, line: `${lineOf(own, canonical)}\n` };
}

/** @returns undefined for what is no entry, such as one that was cut off. Whether the hash is right shows only beside the one before. */
export function readEntry(line: string): LocalEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Whether the entry is the one that was written after the one with that hash. */
export function follows(previous: string, { hash: own, record }: LocalEntry): boolean {
  return entryLine(previous, record).hash === own;
}

/**
 * Whether the line is the entry and nothing else: who reads it without a parser must not see what is not hashed.
 * @param previous the hash that it has to follow, where that is known
 */
export function isWrittenAs(line: string, { hash: own, record }: LocalEntry, previous?: string): boolean {
  const canonical = canonicalJson(record);
  return lineOf(own, canonical) === line && (previous === undefined || linkHash(sha256, previous, canonical) === own);
}

const lineOf = (own: string, canonical: string): string => `{"hash":"${own}","record":${canonical}}`;

/** Some of the chain's older entries were removed, as the settings say. */
export const CHAIN_TRIMMED = 'chain.trimmed';
export const trimSchema = z.object({
  /** The oldest that is kept, and the hash of the one before it. */
  first_seq: z.int().min(1),
  first_prev: digestSchema,
  /** Of the file that went last. */
  removed_bytes: z.int().min(0),
  /** The settings by which it went. */
  keep_mib: z.int().min(1),
  keep_days: z.int().min(1),
});
export type TrimRecord = z.infer<typeof trimSchema>;

/** The end of the chain was cut off, or is another one, while a process wrote to it: what the last entry was that this process knew. */
export const CHAIN_CUT = 'chain.cut';
export const cutSchema = z.object({ seq: z.int().min(1), hash: digestSchema });

/** The one before was cut off while it was written, when the process was killed or the disk full; its bytes stand before this. */
export const CHAIN_RESUMED = 'chain.resumed';

/** What a reader needs of how a call ended. */
const endedCallSchema = z.object({ executor_id: z.string().optional() });

/** Undefined for any other entry. */
export function endedCallOf({ record }: LocalEntry): z.infer<typeof endedCallSchema> | undefined {
  return record.kind === 'call.ended' ? endedCallSchema.safeParse(record.data).data : undefined;
}
