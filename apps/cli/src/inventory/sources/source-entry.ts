import { createHash } from 'node:crypto';
import { labelsSchema } from '@servonaut/contracts';
import { placeSchema, type FoundServer } from '@servonaut/plugin-sdk';
import { z } from 'zod';

const PLACE = placeSchema.shape;

/** What every entry of `sources` may say; the rest is for the source of its kind to understand. */
const entrySchema = z.looseObject({
  kind: z.string().min(1),
  /** Put before every name, to tell the servers of two sources apart. */
  prefix: z
    .string()
    .regex(/^(?:[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,63})?$/, 'expected letters, digits or "_.:@-", not starting with a sign')
    .default(''),
  /** Added to every server of it; they win. */
  labels: labelsSchema.default({}),
  /** Offers servers, too, whose name is one in DNS, which the coordinator then knows. */
  dns_names: z.boolean().default(false),
  /** How its servers are reached where it does not say; clouds never do. */
  port: PLACE.port,
  user: PLACE.user,
  identity_file: PLACE.identityFile,
  jump: PLACE.jump,
});

/** The fields that it has itself. */
export const ENTRY_FIELDS: readonly string[] = Object.keys(entrySchema.shape);

export const sourceEntrySchema = entrySchema.transform((entry) => {
  const { kind, prefix, labels, dns_names, port, user, identity_file, jump, ...options } = entry;
  const place: Pick<FoundServer, 'port' | 'user' | 'identityFile' | 'jump'> = {
    port,
    user,
    identityFile: identity_file,
    jump,
  };
  return { kind, prefix, labels, dnsNames: dns_names, place, options };
});

/** One inventory source as `servers.yaml` has it. */
export interface SourceEntry extends z.output<typeof sourceEntrySchema> {
  /** What it is called in lists and warnings: its kind, with a number where there are several of one kind. */
  readonly name: string;
}

export function namedSources(entries: readonly z.output<typeof sourceEntrySchema>[]): SourceEntry[] {
  return entries.map((entry, index) => {
    const before = entries.slice(0, index).filter(({ kind }) => kind === entry.kind).length;
    return { ...entry, name: before === 0 ? entry.kind : `${entry.kind} ${before + 1}` };
  });
}

function inOrder(_: string, value: unknown): unknown {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;
}

/** The same for two entries that list the same: how their servers are named and labelled is no part of it. */
export function sourceKey({ kind, options }: SourceEntry): string {
  return createHash('sha256').update(JSON.stringify({ kind, options }, inOrder)).digest('hex').slice(0, 32);
}
