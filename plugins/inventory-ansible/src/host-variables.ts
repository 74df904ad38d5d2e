import type { VariableFiles } from './inventory-files.ts';
import type { InventoryModel, Variables } from './inventory-model.ts';

const TEMPLATE = /\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}/g;

/** Longest text of a variable, in characters: longer than any address, path or list of arguments. */
const LONGEST_TEXT = 4_096;

/** Most templates that are filled for one variable. */
const MOST_FILLED = 100;

/** What Ansible would know of a host, without its templates but those that name the host, the inventory, or another plain variable of the host. */
export class HostVariables {
  /** The last that has a variable has the last word. */
  readonly #layers: readonly (Variables | undefined)[];
  #filledCount = 0;

  constructor(host: string, folder: string, model: InventoryModel, files: VariableFiles) {
    const groups = ['all', ...model.groupsOf(host)];
    const short = host.split('.')[0] ?? host;
    // In Ansible's order of precedence: the inventory's own variables of groups, files of groups, then those of the host.
    this.#layers = [
      ...groups.map((group) => model.groups.get(group)?.variables),
      ...groups.map((group) => files.groups.get(group)),
      ...(model.hosts.get(host)?.variables ?? []),
      files.hosts.get(host),
      { inventory_hostname: host, inventory_hostname_short: short, inventory_dir: folder },
    ];
  }

  /** The first of the variables that is set; undefined when none is, or it is empty. @throws Error naming the variable that cannot be known */
  text(...names: readonly string[]): string | undefined {
    const name = names.find((candidate) => (this.#value(candidate) ?? null) !== null);
    if (name === undefined) return undefined;
    this.#filledCount = 0;
    const value = this.#filled(name);
    return value === '' ? undefined : value;
  }

  #value(name: string): unknown {
    return this.#layers.findLast((layer) => layer !== undefined && Object.hasOwn(layer, name))?.[name];
  }

  /** A variable that leads to itself is filled too often as well. */
  #filled(name: string): string {
    const value = this.#value(name);
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    const text = String(value);
    this.#filledCount += 1;
    const isTooMuch = this.#filledCount > MOST_FILLED || text.length > LONGEST_TEXT;
    if (!isPlain || isTooMuch || text.startsWith('$ANSIBLE_VAULT')) throw new Error(`${name} cannot be known`);
    const filled = text.replaceAll(TEMPLATE, (_, inner: string) => this.#filled(inner));
    if (filled.length > LONGEST_TEXT || /\{[{%]/.test(filled)) throw new Error(`${name} cannot be known`);
    return filled;
  }
}
