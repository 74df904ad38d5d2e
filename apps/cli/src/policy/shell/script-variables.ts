/** Which variables of a script certainly hold numbers, and which are reckoned with: the latter have to be among the former. */
export class ScriptVariables {
  readonly #texts = new Set<string>();
  readonly #numbers = new Set<string>();
  readonly #reckoned = new Set<string>();

  sets(name: string): void {
    this.#texts.add(name);
  }

  counts(name: string): void {
    this.#numbers.add(name);
  }

  reckonsWith(name: string): void {
    this.#reckoned.add(name);
  }

  /** Undefined when all of them hold numbers. */
  doubtful(): string | undefined {
    for (const name of this.#reckoned) if (this.#texts.has(name) || !this.#numbers.has(name)) return name;
    return undefined;
  }
}
