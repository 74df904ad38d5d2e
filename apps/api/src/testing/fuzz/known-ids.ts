import type { Chance } from '../../modules/auth/testing/chance.ts';

/** So many of one kind are remembered; of more, others make room. */
const KEPT = 40;
const LATEST = 0.5;
const OWNER = /^\w+: /;

/** What answers have told, by what it is: `users` of `/users/{id}`, of `user_id` and of the list `users`; `cursor of users` of its `next_cursor`. */
export class KnownIds {
  readonly #byKind = new Map<string, string[]>();
  readonly #latest = new Map<string, string>();
  readonly #chance: Chance;
  readonly #unsaid: string;

  /** @param unsaid is repeated to nobody, so that whoever shows it has it from elsewhere */
  constructor(chance: Chance, unsaid: string) {
    this.#chance = chance;
    this.#unsaid = unsaid;
  }

  add(kind: string, id: string): void {
    const kept = this.#byKind.get(kind) ?? [];
    if (kept.includes(id) || id.includes(this.#unsaid)) return;
    this.#byKind.set(kind, kept);
    this.#latest.set(kind, id);
    if (kept.length < KEPT) kept.push(id);
    else kept[Math.floor(this.#chance.next() * KEPT)] = id;
  }

  /** One of that kind, the latest as often as all others: it is the likeliest still to be there. Undefined when none is known. */
  of(kind: string): string | undefined {
    const kept = this.#byKind.get(kind);
    if (kept === undefined) return undefined;
    return this.#chance.happens(LATEST) ? this.#latest.get(kind) : this.#chance.pick(kept);
  }

  /** One of any kind: as likely to be out of place. */
  any(): string | undefined {
    const kinds = [...this.#byKind.values()];
    return kinds.length > 0 ? this.#chance.pick(this.#chance.pick(kinds)) : undefined;
  }

  /** Reads an answer. @param kind what it is about, by its address */
  learn(answer: unknown, kind: string): void {
    if (Array.isArray(answer)) for (const each of answer) this.learn(each, kind);
    else if (typeof answer === 'object' && answer !== null)
      for (const [name, value] of Object.entries(answer)) this.#learnMember(name, value, kind);
  }

  #learnMember(name: string, value: unknown, kind: string): void {
    if (typeof value === 'string' && name === 'id') this.add(kind, value);
    else if (typeof value === 'string' && name === 'next_cursor') this.add(cursorOf(kind), value);
    // Some are called by their names: `user` of one of the `users`.
    else if (typeof value === 'string' && name === 'name') this.add(kind.replace(/s$/, ''), value);
    else if (typeof value === 'string') this.add(kindOf(name), value);
    else this.learn(value, (OWNER.exec(kind)?.[0] ?? '') + name);
  }
}

/** What a parameter or a member is an id of, by its name. */
export function kindOf(name: string): string {
  return name.endsWith('_id') ? `${name.slice(0, -'_id'.length)}s` : name;
}

/** What a cursor is of, by what the list is of. */
export function cursorOf(kind: string): string {
  return `cursor of ${kind.replace(OWNER, '')}`;
}

/** What the answer to a call of a path is about. */
export function kindOfAnswer(path: string, caller: string): string {
  return kindInPath(`${path}/{x}`, 'x', caller);
}

/**
 * What a path parameter is an id of: the part before it. What is one's own is apart: what others have is of no use there.
 * @param caller whose own it is
 */
export function kindInPath(path: string, parameter: string, caller: string): string {
  const before = path.slice(0, path.indexOf(`{${parameter}}`));
  const kind = /([^/]+)\/$/.exec(before)?.[1] ?? parameter;
  return before.startsWith('/api/me/') ? `${caller}: ${kind}` : kind;
}
