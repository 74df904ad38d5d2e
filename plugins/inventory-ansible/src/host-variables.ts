import type { VariableFiles } from './inventory-files.ts';
import type { InventoryModel, Variables } from './inventory-model.ts';

const TEMPLATE = /\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}/g;

/** What Ansible would know of a host, without its templates but those that name the host, the inventory, or another plain variable of the host. */
export class HostVariables {
  readonly #variables: Variables;

  constructor(host: string, folder: string, model: InventoryModel, files: VariableFiles) {
    const groups = ['all', ...model.groupsOf(host)];
    const short = host.split('.')[0] ?? host;
    // In Ansible's order of precedence: the inventory's own variables of groups, files of groups, then those of the host.
    this.#variables = {
      ...Object.assign({}, ...groups.map((group) => model.groups.get(group)?.variables)),
      ...Object.assign({}, ...groups.map((group) => files.groups.get(group))),
      ...model.hosts.get(host),
      ...files.hosts.get(host),
      inventory_hostname: host,
      inventory_hostname_short: short,
      inventory_dir: folder,
    };
  }

  /** The first of the variables that is set; undefined when none is, or it is empty. @throws Error naming the variable that cannot be known */
  text(...names: readonly string[]): string | undefined {
    const name = names.find(
      (candidate) => this.#variables[candidate] !== undefined && this.#variables[candidate] !== null,
    );
    if (name === undefined) return undefined;
    const value = this.#filled(name, []);
    return value === '' ? undefined : value;
  }

  #filled(name: string, within: readonly string[]): string {
    const value = this.#variables[name];
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    const text = String(value);
    if (!isPlain || within.includes(name) || text.startsWith('$ANSIBLE_VAULT'))
      throw new Error(`${name} cannot be known`);
    const filled = text.replaceAll(TEMPLATE, (_, inner: string) => this.#filled(inner, [...within, name]));
    if (/\{[{%]/.test(filled)) throw new Error(`${name} cannot be known`);
    return filled;
  }
}
