import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { foundServerSchema, type FoundServer } from '@servonaut/plugin-sdk';
import { z } from 'zod';
import { removePrivateFile, writePrivateFile } from '../../session/private-file.ts';
import { sourceKey, type SourceEntry } from './source-entry.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** So long what a source found is kept after the operator has taken it out of servers.yaml. */
const FORGOTTEN_AFTER_DAYS = 7;

const cachedSchema = z.strictObject({
  version: z.literal(1),
  /** For whoever reads the file. */
  source: z.string(),
  /** When `servers` were found; null when that never succeeded. */
  listed_at: z.iso.datetime().nullable(),
  servers: z.array(foundServerSchema),
  /** What the source warned of then. */
  warnings: z.array(z.string()),
  /** Why they could not be listed anew since. */
  failure: z.string().nullable(),
});

/** What a source found the last time. */
export interface CachedListing {
  readonly listedAt: Date | null;
  readonly servers: readonly FoundServer[];
  readonly warnings: readonly string[];
  readonly failure: string | null;
}

const NOTHING: CachedListing = { listedAt: null, servers: [], warnings: [], failure: null };

function parse(text: string): CachedListing {
  const { listed_at: at, servers, warnings, failure } = cachedSchema.parse(JSON.parse(text));
  return { listedAt: at === null ? null : new Date(at), servers, warnings, failure };
}

/** Equal when the file is: it is only ever replaced as a whole. Undefined when there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs].join();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Each time that its source is asked the file is written, so that this is how long nobody has asked. */
async function forgetOld(path: string): Promise<void> {
  const mtimeMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
  if (Date.now() - mtimeMs > FORGOTTEN_AFTER_DAYS * DAY_MS) await removePrivateFile(path);
}

/** What sources found, one file each, which only the operator can read: addresses are in it. */
export class SourceCache {
  readonly #folder: string;
  /** By key, what was read last. */
  readonly #last = new Map<string, { readonly stamp: string; readonly listing: CachedListing }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The same object until the file changes. Nothing where there is no file; one that cannot be understood is as none, and says so. */
  async read(entry: SourceEntry): Promise<CachedListing> {
    const key = sourceKey(entry);
    const path = this.#path(key);
    try {
      const stamp = await stampOf(path);
      if (stamp === undefined) return NOTHING;
      const last = this.#last.get(key);
      if (last?.stamp === stamp) return last.listing;
      const listing = parse(await readFile(path, 'utf8'));
      this.#last.set(key, { stamp, listing });
      return listing;
    } catch {
      return { ...NOTHING, failure: 'what it found before cannot be read' };
    }
  }

  /** @throws ServonautError `config_invalid` when it cannot be written */
  async write(entry: SourceEntry, { listedAt, servers, warnings, failure }: CachedListing): Promise<void> {
    const listed_at = listedAt?.toISOString() ?? null;
    const content = { version: 1, source: entry.name, listed_at, servers, warnings, failure };
    await writePrivateFile(this.#path(sourceKey(entry)), `${JSON.stringify(content, null, 1)}\n`);
  }

  /** Forgets what sources found that the operator has had no more for some days: one may be missing for a moment, while a file is saved. */
  async forgetOthers(entries: readonly SourceEntry[]): Promise<void> {
    const kept = new Set(entries.map((entry) => `${sourceKey(entry)}.json`));
    const files = await readdir(this.#folder).catch(() => []);
    const others = files.filter((file) => file.endsWith('.json') && !kept.has(file));
    await Promise.all(others.map((file) => forgetOld(join(this.#folder, file))));
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.json`);
  }
}
