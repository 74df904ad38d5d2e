import { ServonautError } from '@servonaut/contracts';

type Place = 'plain' | 'single' | 'double' | 'comment';

/** Constructs inside which single quotes do not quote, or whose end this scanner would have to be a shell to find. */
const REFUSED: Readonly<Record<Place, readonly string[]>> = {
  plain: ['`', '<<', '((', '${', '$[', "$'", '$"'],
  double: ['`', '$(', '${', '$['],
  single: [],
  comment: [],
};

/**
 * Follows the author's own text of a `sh` template, and says whether a quoted value may stand where it has come to. Inside quotes, comments,
 * arithmetic, here-documents and the like a value's own quotes would end them and the rest of the value would run.
 */
export class LiteralScanner {
  #place: Place = 'plain';
  #previous = '\n';

  /** @throws ServonautError `tool_failed` for a construct in which values cannot be quoted. */
  read(literal: string): void {
    for (let at = 0; at < literal.length; at += 1) {
      this.#refuse(literal, at);
      if (literal[at] === '\\' && (this.#place === 'plain' || this.#place === 'double')) {
        at += 1;
        this.#escaped(literal[at]);
      } else this.#step(literal[at] ?? '');
    }
  }

  /** @throws ServonautError `tool_failed` when a value here would not be one word of its own. */
  acceptValue(): void {
    if (this.#place !== 'plain') throw misuse(`inside ${this.#place === 'comment' ? 'a comment' : 'quotes'}`);
    if (this.#previous === '\\' || this.#previous === '$') throw misuse(`after "${this.#previous}"`);
    this.#previous = "'";
  }

  /** A backslash before a line break joins the lines, so what stood before it still decides whether `#` starts a comment. */
  #escaped(char: string | undefined): void {
    if (char === undefined) this.#previous = '\\';
    else if (char !== '\n') this.#previous = 'x';
  }

  #refuse(literal: string, at: number): void {
    const construct = REFUSED[this.#place].find((start) => literal.startsWith(start, at));
    if (construct) throw misuse(`in a command with ${construct}`);
  }

  #step(char: string): void {
    if (this.#place === 'plain') this.#place = this.#placeAt(char);
    else if (this.#place === 'single' && char === "'") this.#place = 'plain';
    else if (this.#place === 'double' && char === '"') this.#place = 'plain';
    else if (this.#place === 'comment' && char === '\n') this.#place = 'plain';
    this.#previous = char;
  }

  #placeAt(char: string): Place {
    if (char === "'") return 'single';
    if (char === '"') return 'double';
    return char === '#' && /[\s;|&()<>]/.test(this.#previous) ? 'comment' : 'plain';
  }
}

function misuse(where: string): ServonautError {
  return new ServonautError('tool_failed', {
    message: `sh: a value cannot be quoted ${where}. Assign it to a variable first: sh\`name=\${value}; …"$name"\`.`,
  });
}
