import type { CommandVerdict } from './shell/command-verdict.ts';

/** Characters of all texts together, each of which counts as somewhat longer than it is: a short one has a verdict, too. */
const MOST_CHARACTERS = 2_097_152;
const OF_EACH = 1_024;

/** A long text takes the time of many calls to understand, and is asked about several times in one: each is understood once. */
export class RememberedVerdicts {
  readonly #verdicts = new Map<string, CommandVerdict>();
  readonly #mostCharacters: number;
  #characters = 0;

  constructor(mostCharacters = MOST_CHARACTERS) {
    this.#mostCharacters = mostCharacters;
  }

  of(command: string, directory: string | undefined, classify: () => CommandVerdict): CommandVerdict {
    const key = `${directory?.length ?? ''}\0${directory ?? ''}${command}`;
    const known = this.#verdicts.get(key);
    if (known) this.#forget(key);
    const verdict = known ?? classify();
    this.#verdicts.set(key, verdict);
    this.#characters += key.length + OF_EACH;
    this.#makeRoom();
    return verdict;
  }

  /** Those that were asked for least lately make room. */
  #makeRoom(): void {
    for (const key of this.#verdicts.keys()) {
      if (this.#characters <= this.#mostCharacters) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#verdicts.delete(key);
    this.#characters -= key.length + OF_EACH;
  }
}
