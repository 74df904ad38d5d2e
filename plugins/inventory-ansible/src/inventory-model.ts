import { ServonautError } from '@servonaut/plugin-sdk';

export type Variables = Readonly<Record<string, unknown>>;

const MOST_HOSTS = 20_000;

/** Most times that hosts are named, each in another group. */
const MOST_NAMED = 500_000;

interface Host {
  /** From each place where it is named, the last with the last word. */
  readonly variables: Variables[];
  readonly groups: Set<string>;
}

interface Group {
  readonly parents: Set<string>;
  readonly variables: Record<string, unknown>;
}

/** Every host and group of an inventory, whichever files they are from. */
export class InventoryModel {
  readonly hosts = new Map<string, Host>();
  readonly groups = new Map<string, Group>();
  readonly #depths = new Map<string, number>();
  #named = 0;

  constructor() {
    this.group('all');
  }

  group(name: string): Group {
    let group = this.groups.get(name);
    if (!group) this.groups.set(name, (group = { parents: new Set(), variables: {} }));
    return group;
  }

  /** @throws ServonautError `config_invalid` when there are more than can be listed */
  addHost(name: string, variables: Variables, group: string): void {
    this.group(group);
    let host = this.hosts.get(name);
    if (!host) this.hosts.set(name, (host = { variables: [], groups: new Set() }));
    host.variables.push(variables);
    host.groups.add(group);
    this.#named += 1;
    if (this.hosts.size > MOST_HOSTS) throw tooMany(`more than ${MOST_HOSTS} hosts`);
    if (this.#named > MOST_NAMED) throw tooMany(`hosts are named more than ${MOST_NAMED} times`);
  }

  addChild(child: string, parent: string): void {
    this.group(parent);
    this.group(child).parents.add(parent);
    this.#depths.clear();
  }

  addVariables(group: string, variables: Variables): void {
    Object.assign(this.group(group).variables, variables);
  }

  /** Those that the host is in, by way of others too, in the order in which Ansible reads them: the last has the last word. Without `all`. */
  groupsOf(host: string): string[] {
    const names = [...(this.hosts.get(host)?.groups ?? [])];
    const all = new Set<string>();
    while (names.length > 0) {
      const name = names.pop() as string;
      if (all.has(name)) continue;
      all.add(name);
      names.push(...this.group(name).parents);
    }
    all.delete('all');
    const ranked = [...all].map((name) => ({ name, depth: this.#depth(name), priority: this.#priority(name) }));
    ranked.sort((a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1));
    return ranked.map(({ name }) => name);
  }

  /** How far below `all`; a circle is cut where it closes. */
  #depth(name: string): number {
    const known = this.#depths.get(name);
    if (known !== undefined) return known;
    this.#depths.set(name, 0);
    const parents = [...this.group(name).parents].filter((parent) => parent !== 'all');
    const depth = parents.reduce((deepest, parent) => Math.max(deepest, 1 + this.#depth(parent)), 1);
    this.#depths.set(name, depth);
    return depth;
  }

  #priority(name: string): number {
    return Number(this.groups.get(name)?.variables['ansible_group_priority'] ?? 1);
  }
}

function tooMany(message: string): ServonautError {
  return new ServonautError('config_invalid', { message });
}
