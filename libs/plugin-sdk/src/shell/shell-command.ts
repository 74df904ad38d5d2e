/**
 * A command line that is safe to hand to `/bin/sh -c`. Only `sh` (which quotes every value) and `rawShell` (which says in so many words that
 * the caller's text is the command) make one, so that a forgotten quote neither compiles nor runs. It is an object rather than a marked
 * string because `sh` must tell, while it runs, a command from a string of an agent that looks like one.
 */
export class ShellCommand {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** What `/bin/sh -c` gets. */
  get text(): string {
    return this.#text;
  }

  toString(): string {
    return this.#text;
  }
}
