type Place = 'plain' | 'quotes' | 'double quotes';

/** Constructs that may not stand in the text, by where they end. */
export type RefusedConstructs = Readonly<Record<'plain' | 'double quotes', readonly string[]>>;

/** What leads out of each place. */
const CLOSING: Readonly<Record<Exclude<Place, 'plain'>, string>> = { quotes: "'", 'double quotes': '"' };

/** More than the longest construct. */
const RECENT_CHARS = 4;

/**
 * Follows the author's own text of a command, and says whether a quoted value may stand where it has come to. Inside quotes, arithmetic,
 * here-documents and the like a value's own quotes would end them and the rest of the value would run. What this scanner would have to be a
 * shell to find the end of is for its user to refuse.
 */
export class LiteralScanner {
  readonly #refused: RefusedConstructs;
  #place: Place = 'plain';
  #recent = '\n';

  constructor(refused: RefusedConstructs) {
    this.#refused = refused;
  }

  /** @returns what of the text keeps values from being quoted, to be said after "a value cannot be quoted"; undefined when nothing does */
  read(literal: string): string | undefined {
    for (let at = 0; at < literal.length; at += 1) {
      const char = literal[at] ?? '';
      if (char === '\\' && this.#place !== 'quotes') {
        at += 1;
        if (at === literal.length) return 'after a backslash';
        // One before a line break is gone with it before a shell looks for anything: `<` and `<` on two lines so joined are `<<`.
        if (literal[at] !== '\n') this.#recent = '\\';
      } else {
        const construct = this.#step(char);
        if (construct !== undefined) return `in a command with ${construct}`;
      }
    }
    return undefined;
  }

  /** @returns where a value would not be one word of its own, if it stood here; undefined when it may */
  acceptValue(): string | undefined {
    if (this.#place !== 'plain') return `inside ${this.#place}`;
    if (this.#recent.endsWith('$')) return 'after "$"';
    this.#recent = "'";
    return undefined;
  }

  /** @returns the refused construct that ends with the character */
  #step(char: string): string | undefined {
    const refused = this.#place === 'quotes' ? [] : this.#refused[this.#place];
    if (this.#place === 'plain' && char === '#' && mayStartComment(this.#recent)) return 'a comment';
    this.#recent = (this.#recent + char).slice(-RECENT_CHARS);
    if (this.#place === 'plain') this.#place = opened(char);
    else if (char === CLOSING[this.#place]) this.#place = 'plain';
    return refused.find((construct) => this.#recent.endsWith(construct));
  }
}

/**
 * Which `#` starts a comment, shells do not agree on, and a quote behind it is none or opens: in ksh `<#` is a redirection, behind the `)` of a
 * pattern it is a character, and no blank of Unicode is one to all.
 */
function mayStartComment(before: string): boolean {
  return /[\s;|&()<>]$/.test(before);
}

function opened(char: string): Place {
  if (char === "'") return 'quotes';
  return char === '"' ? 'double quotes' : 'plain';
}
