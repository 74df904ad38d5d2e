export type Variables = Readonly<Record<string, unknown>>;

interface Group {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  variables: Variables;
}

/** Every host and group of an inventory, whichever files they are from. */
export class InventoryModel {
  readonly hosts = new Map<string, Variables>();
  readonly groups = new Map<string, Group>();

  /** Of each child; made anew after a change. */
  #parentsOf: ReadonlyMap<string, readonly string[]> | undefined;

  constructor() {
    this.group('all');
  }

  group(name: string): Group {
    let group = this.groups.get(name);
    if (!group) this.groups.set(name, (group = { hosts: new Set(), children: new Set(), variables: {} }));
    return group;
  }

  addHost(name: string, variables: Variables, group: string): void {
    this.hosts.set(name, { ...this.hosts.get(name), ...variables });
    this.group(group).hosts.add(name);
  }

  addChild(child: string, parent: string): void {
    this.group(child);
    this.group(parent).children.add(child);
    this.#parentsOf = undefined;
  }

  addVariables(group: string, variables: Variables): void {
    const known = this.group(group);
    known.variables = { ...known.variables, ...variables };
  }

  /** Those that the host is in, by way of others too, in the order in which Ansible reads them: the last has the last word. Without `all`. */
  groupsOf(host: string): string[] {
    const names = [...this.groups].filter(([, group]) => group.hosts.has(host)).map(([name]) => name);
    const all = new Set<string>();
    while (names.length > 0) {
      const name = names.pop() as string;
      if (all.has(name)) continue;
      all.add(name);
      names.push(...this.#parents(name));
    }
    all.delete('all');
    const ranked = [...all].map((name) => ({ name, depth: this.#depth(name), priority: this.#priority(name) }));
    ranked.sort((a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1));
    return ranked.map(({ name }) => name);
  }

  #parents(child: string): readonly string[] {
    this.#parentsOf ??= new Map(
      [...this.groups.keys()].map((name) => [
        name,
        [...this.groups].filter(([, { children }]) => children.has(name)).map(([parent]) => parent),
      ]),
    );
    return this.#parentsOf.get(child) ?? [];
  }

  /** How far below `all`; a circle counts as far as it is followed. */
  #depth(name: string, below: readonly string[] = []): number {
    const parents = this.#parents(name).filter((parent) => parent !== 'all' && !below.includes(parent));
    return 1 + Math.max(0, ...parents.map((parent) => this.#depth(parent, [...below, name])));
  }

  #priority(name: string): number {
    return Number(this.groups.get(name)?.variables['ansible_group_priority'] ?? 1);
  }
}
