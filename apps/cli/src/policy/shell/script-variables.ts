/** The last word of each command, in bash: nobody says what it holds. */
export const LAST_WORD = '_';

/**
 * Which variables of a script certainly hold numbers, and which are reckoned with: the latter have to be among the former. And which functions it has,
 * since to unset a variable takes the function of that name away, wherever and whenever that runs.
 */
export class ScriptVariables {
  readonly #texts = new Set<string>();
  readonly #numbers = new Set<string>();
  readonly #reckoned = new Set<string>();
  readonly #functions = new Set<string>();

  sets(name: string): void {
    this.#texts.add(name);
  }

  counts(name: string): void {
    this.#numbers.add(name);
  }

  reckonsWith(name: string): void {
    this.#reckoned.add(name);
  }

  defines(functionName: string): void {
    this.#functions.add(functionName);
  }

  /** Undefined when all that is reckoned with are numbers, and no function has the name of a variable. */
  doubt(): string | undefined {
    for (const name of this.#reckoned) if (!this.#isNumber(name)) return `bash evaluates what ${name} holds`;
    for (const name of this.#functions)
      if (this.#texts.has(name) || this.#numbers.has(name))
        return `${name} is the name of a function, and of a variable`;
    return undefined;
  }

  #isNumber(name: string): boolean {
    return name !== LAST_WORD && this.#numbers.has(name) && !this.#texts.has(name);
  }
}
