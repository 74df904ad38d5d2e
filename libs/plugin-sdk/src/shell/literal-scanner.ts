import { ServonautError } from '@servonaut/contracts';

type Place = 'plain' | 'quotes' | 'double quotes' | 'a comment';

/**
 * Constructs inside which single quotes do not quote, or whose end this scanner would have to be a shell to find. JavaScript itself keeps
 * backticks, `${` and a last backslash out of a template, unless they are escaped for the shell as well.
 */
const REFUSED: Readonly<Record<Place, readonly string[]>> = {
  plain: ['<<', '((', '$[', "$'"],
  'double quotes': ['$(', '$['],
  quotes: [],
  'a comment': [],
};

/** What leads out of each place. */
const CLOSING: Readonly<Record<Exclude<Place, 'plain'>, string>> = {
  quotes: "'",
  'double quotes': '"',
  'a comment': '\n',
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
      const construct = REFUSED[this.#place].find((start) => literal.startsWith(start, at));
      if (construct) throw misuse(`in a command with ${construct}`);
      if (literal[at] === '\\' && (this.#place === 'plain' || this.#place === 'double quotes')) {
        at += 1;
        // A backslash before a line break joins the lines: what stood before it still decides whether `#` starts a comment.
        if (literal[at] !== '\n') this.#previous = '\\';
      } else this.#step(literal[at] ?? '');
    }
  }

  /** @throws ServonautError `tool_failed` when a value here would not be one word of its own. */
  acceptValue(): void {
    if (this.#place !== 'plain') throw misuse(`inside ${this.#place}`);
    if (this.#previous === '$') throw misuse('after "$"');
    this.#previous = "'";
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

function misuse(where: string): ServonautError {
  return new ServonautError('tool_failed', {
    message: `sh: a value cannot be quoted ${where}. Assign it to a variable first: sh\`name=\${value}; …"$name"\`.`,
  });
}
