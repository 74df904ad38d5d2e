import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inventory } from '../inventory/inventory.ts';
import { writePrivateFile } from '../session/private-file.ts';
import type { Session } from '../session/session.ts';

/** What no shell takes for something else. */
const PLAIN_TERM = /^[\w.:=@/+-]+$/;

/** What chooses servers, a term on a line: shells complete it, and have no time to ask us. */
export function serverNamesText({ servers }: Pick<Inventory, 'servers'>): string {
  const labels = servers.flatMap((server) =>
    Object.entries(server.labels).map(([key, value]) => `label:${key}=${value}`),
  );
  const terms = [...servers.map(({ name }) => name), ...[...new Set(labels)].toSorted()];
  return terms.flatMap((term) => (PLAIN_TERM.test(term) ? `${term}\n` : [])).join('');
}

/** Keeps it beside what else is known of the profile. @returns a fault where it cannot: completion is no reason to fail */
export async function keepServerNames({ paths }: Pick<Session, 'paths'>, inventory: Inventory): Promise<string[]> {
  const path = join(paths.stateDir, 'server-names');
  const text = serverNamesText(inventory);
  try {
    if ((await readFile(path, 'utf8').catch(() => '')) !== text) await writePrivateFile(path, text);
    return [];
  } catch (error) {
    return [`The names of servers cannot be kept for completion: ${(error as Error).message}`];
  }
}
