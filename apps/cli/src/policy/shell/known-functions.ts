/**
 * Functions that are defined for certain where a command is: earlier in the same list of commands or in one around it. One that is defined within an
 * `if` is not known after it, where the name may as well be that of a program.
 */
export class KnownFunctions {
  readonly #names = new Set<string>();
  readonly #inOrder: string[] = [];

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The name must not be known yet. */
  add(name: string): void {
    this.#names.add(name);
    this.#inOrder.push(name);
  }

  /** What is defined within is forgotten afterwards. */
  within(list: () => void): void {
    const before = this.#inOrder.length;
    list();
    for (const name of this.#inOrder.splice(before)) this.#names.delete(name);
  }
}
