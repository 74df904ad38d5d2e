import { didYouMean, idleTerms, selectServers, ServonautError, serverTermSchema } from '@servonaut/contracts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Server } from '../inventory/server.ts';
import type { SourceState } from '../inventory/sources/found-servers.ts';
import type { Session } from '../session/session.ts';
import { inventoryFaults } from './executor-inventory.ts';
import { InventoryRefresh } from './inventory-refresh.ts';
import type { PluginPackage } from './plugin-package.ts';
import { keepServerNames } from './server-names.ts';
import { sessionInventory } from './session-inventory.ts';
import { stopOnSignals } from './stop-signal.ts';

export interface ServerChoice {
  /** Terms (`serverTermSchema`); all servers when there are none. */
  readonly select: readonly string[];
  /** Whether every source is asked; otherwise those that never were. */
  readonly refresh: boolean;
}

export interface ServerList {
  readonly servers: readonly Server[];
  readonly sources: readonly SourceState[];
  /** What the operator should know of the list. */
  readonly faults: readonly string[];
}

function checkTerms(terms: readonly string[]): void {
  for (const term of terms) {
    const parsed = serverTermSchema.safeParse(term);
    if (parsed.success) continue;
    throw new ServonautError('invalid_request', {
      message: `"${term}" chooses no servers: ${parsed.error.issues[0]?.message}.`,
      nextStep: 'Correct it; quote what your shell would expand.',
    });
  }
}

/**
 * Those of an inventory that the terms choose; all when there are none.
 * @throws ServonautError `invalid_request` for a term that is none, `unknown_server` for one that names nothing
 */
export function chosenServers({ servers }: Inventory, terms: readonly string[]): readonly Server[] {
  checkTerms(terms);
  const idle = idleTerms(servers, terms);
  if (idle.length === 0) return selectServers(servers, terms);
  const names = servers.map(({ name }) => name);
  const meant = idle.map((term) => didYouMean(term.replace(/^!/, ''), names));
  throw new ServonautError('unknown_server', {
    message: `No server is named by ${idle.map((term) => `"${term}"`).join(', ')}.${meant.join('')}`,
    nextStep: 'Run "servonaut servers list" for all of them, with --refresh for those of today.',
  });
}

/** @throws ServonautError as `chosenServers`, and `config_invalid` */
export async function listServers(
  session: Session,
  plugins: Iterable<PluginPackage>,
  { select, refresh }: ServerChoice,
): Promise<ServerList> {
  checkTerms(select);
  const sources = new InventoryRefresh(
    session,
    plugins,
    stopOnSignals(() => new ServonautError('request_cancelled')),
  );
  await (refresh ? sources.all() : sources.missing());
  const inventory = await sessionInventory(session);
  return {
    servers: chosenServers(inventory, select),
    sources: inventory.sources,
    faults: [...inventoryFaults(inventory), ...(await keepServerNames(session, inventory))],
  };
}
