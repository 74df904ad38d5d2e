import type { Inventory } from '../inventory/inventory.ts';
import type { Session } from '../session/session.ts';
import { InventoryRefresh } from './inventory-refresh.ts';
import type { PluginPackage } from './plugin-package.ts';
import { keepServerNames } from './server-names.ts';
import { sessionInventory } from './session-inventory.ts';

/** What the operator should know of an inventory: sources that could not be asked, and what is not offered. */
export function inventoryFaults({ sources, warnings }: Inventory): string[] {
  const failed = sources.flatMap(({ name, failure, listedAt, servers }) =>
    failure === null ? [] : [`${name} could not be listed: ${failure}. ${heldText(servers.size, listedAt)}`],
  );
  return [...failed, ...warnings];
}

/** By the instant and not by the age, so that the same fault is told once. */
function heldText(count: number, listedAt: Date | null): string {
  if (listedAt === null) return 'It brings no servers.';
  return `What it had at ${listedAt.toISOString()} holds (${count} ${count === 1 ? 'server' : 'servers'}).`;
}

/** The servers of an executor as they were when it last told of them. */
export class ExecutorInventory {
  readonly #session: Session;
  readonly #refresh: InventoryRefresh;
  readonly #onFault: (message: string) => void;
  readonly #closing: AbortController;
  readonly #told = new Set<string>();
  #current: Inventory;

  private constructor(
    parts: { session: Session; refresh: InventoryRefresh; closing: AbortController; current: Inventory },
    onFault: (message: string) => void,
  ) {
    this.#session = parts.session;
    this.#refresh = parts.refresh;
    this.#closing = parts.closing;
    this.#current = parts.current;
    this.#onFault = onFault;
  }

  /** Waits for sources that were never asked before, and for no others. @throws ServonautError `config_invalid` */
  static async open(
    session: Session,
    plugins: Iterable<PluginPackage>,
    onFault: (message: string) => void,
  ): Promise<ExecutorInventory> {
    const closing = new AbortController();
    const refresh = new InventoryRefresh(session, plugins, closing.signal);
    await refresh.missing();
    const current = await sessionInventory(session);
    (await keepServerNames(session, current)).forEach(onFault);
    return new ExecutorInventory({ session, refresh, closing, current }, onFault);
  }

  get current(): Inventory {
    return this.#current;
  }

  /** Reads it anew, and tells what is new of its faults. While the operator edits a file, what was read last holds. */
  async readAnew(): Promise<Inventory> {
    try {
      this.#current = await sessionInventory(this.#session);
      const faults = [...inventoryFaults(this.#current), ...(await keepServerNames(this.#session, this.#current))];
      faults.forEach((fault) => this.#tell(fault));
    } catch (error) {
      this.#onFault(`The servers cannot be read anew: ${(error as Error).message}`);
    }
    return this.#current;
  }

  /** Asks the sources again from time to time, until it is closed. */
  keepFresh(): void {
    void this.#refresh.keep((error) => this.#onFault(`The servers cannot be listed: ${(error as Error).message}`));
  }

  close(): void {
    this.#closing.abort();
  }

  #tell(fault: string): void {
    if (this.#told.has(fault)) return;
    this.#told.add(fault);
    this.#onFault(fault);
  }
}
