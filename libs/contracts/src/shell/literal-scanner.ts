type Place = 'plain' | 'quotes' | 'double quotes' | 'a comment';

/** Constructs that may not stand in the text, by where they begin. */
export type RefusedConstructs = Readonly<Record<'plain' | 'double quotes', readonly string[]>>;

/** What leads out of each place. */
const CLOSING: Readonly<Record<Exclude<Place, 'plain'>, string>> = {
  quotes: "'",
  'double quotes': '"',
  'a comment': '\n',
};

/**
 * Follows the author's own text of a command, and says whether a quoted value may stand where it has come to. Inside quotes, comments,
 * arithmetic, here-documents and the like a value's own quotes would end them and the rest of the value would run. What this scanner would have
 * to be a shell to find the end of is for its user to refuse.
 */
export class LiteralScanner {
  readonly #refused: RefusedConstructs;
  #place: Place = 'plain';
  #previous = '\n';

  constructor(refused: RefusedConstructs) {
    this.#refused = refused;
  }

  /** @returns what of the text keeps values from being quoted, to be said after "a value cannot be quoted"; undefined when nothing does */
  read(literal: string): string | undefined {
    for (let at = 0; at < literal.length; at += 1) {
      const construct = this.#refusedHere().find((start) => literal.startsWith(start, at));
      if (construct !== undefined) return `in a command with ${construct}`;
      if (literal[at] === '\\' && (this.#place === 'plain' || this.#place === 'double quotes')) {
        at += 1;
        if (at === literal.length) return 'after a backslash';
        // A backslash before a line break joins the lines: what stood before it still decides whether `#` starts a comment.
        if (literal[at] !== '\n') this.#previous = '\\';
      } else this.#step(literal[at] ?? '');
    }
    return undefined;
  }

  /** @returns where a value would not be one word of its own, if it stood here; undefined when it may */
  acceptValue(): string | undefined {
    if (this.#place !== 'plain') return `inside ${this.#place}`;
    if (this.#previous === '$') return 'after "$"';
    this.#previous = "'";
    return undefined;
  }

  #refusedHere(): readonly string[] {
    return this.#place === 'plain' || this.#place === 'double quotes' ? this.#refused[this.#place] : [];
  }

  #step(char: string): void {
    if (this.#place === 'plain') this.#place = this.#opened(char);
    else if (char === CLOSING[this.#place]) this.#place = 'plain';
    this.#previous = char;
  }

  #opened(char: string): Place {
    if (char === "'") return 'quotes';
    if (char === '"') return 'double quotes';
    return char === '#' && /[\s;|&()<>]/.test(this.#previous) ? 'a comment' : 'plain';
  }
}
