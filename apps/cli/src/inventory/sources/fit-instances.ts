import { createHash } from 'node:crypto';
import { foundInstanceSchema, type CloudInstance, type FoundInstance } from '@servonaut/plugin-sdk';
import { z } from 'zod';
import { fittedServer } from './fit-servers.ts';
import { sourceKey, type SourceEntry } from './source-entry.ts';
import { looksLikePlace, tellsPlace } from './tells-place.ts';

/** More than a source of servers may find: one that has so many is asked for the wrong thing. */
const MOST_INSTANCES = 20_000;
const WORD_LENGTH = 64;

/** Where machines are is not known here, and this is no place. */
const NOWHERE = 'somewhere';

/** An instance as a tool may know it, and by what its source knows it. */
export interface KnownInstance {
  readonly shown: CloudInstance;
  readonly id: string;
}

/**
 * What a source found, under the names and labels that servers of the same machines have. What is not fit for the coordinator is not told of.
 * @throws Error when it is no list of instances, or none of it is one
 */
export function fitInstances(entry: SourceEntry, found: unknown): { known: KnownInstance[]; leftOut: number } {
  const list = z.array(z.unknown()).max(MOST_INSTANCES).safeParse(found);
  if (!list.success) throw new Error(`it found what cannot be instances: ${z.prettifyError(list.error)}`);
  const valid = list.data.flatMap((one) => foundInstanceSchema.safeParse(one).data ?? []);
  if (valid.length === 0 && list.data.length > 0) throw new Error('it found what cannot be instances');
  const known = valid.flatMap((instance) => fitted(entry, instance) ?? []);
  return { known, leftOut: list.data.length - known.length };
}

function fitted(entry: SourceEntry, { id, name, labels, state, type, zone }: FoundInstance): KnownInstance | undefined {
  const server = fittedServer({ name, labels, host: NOWHERE }, entry);
  if (!server) return undefined;
  const key = createHash('sha256')
    .update(JSON.stringify([sourceKey(entry), id]))
    .digest('base64url');
  const place = { type: word(type), zone: word(zone) };
  return { id, shown: { name: server.name, source: entry.name, state, ...place, labels: server.labels, key } };
}

/** Of a cloud's own; where it is not, it is not told. */
function word(text: string | undefined): string | null {
  if (text === undefined || text === '' || tellsPlace(text, {}) || looksLikePlace(text, false)) return null;
  return text.replaceAll(/[^A-Za-z0-9_.:@/-]+/g, '-').slice(0, WORD_LENGTH);
}
