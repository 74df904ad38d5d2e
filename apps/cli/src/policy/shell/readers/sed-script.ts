import { knownArgument } from '../argument.ts';
import type { Call } from '../call.ts';

/** Commands that only print, move and delete lines of what was read. */
const PLAIN = new Set('pPdDnNgGhHxqQ=lzF');
const ADDRESS = /^(?:\d+|\$|[+~]\d+)/;
const STEP = /^~\d+/;

/** What a sed script does beside printing: files that it writes and commands that it runs. What is not understood is the worst. */
export function readSedScript(call: Call, script: string): void {
  const objection = new SedScript(call, script).read();
  if (objection !== undefined) call.raise('forbidden', objection);
}

class SedScript {
  readonly #call: Call;
  readonly #text: string;
  #at = 0;

  constructor(call: Call, text: string) {
    this.#call = call;
    this.#text = text;
  }

  read(): string | undefined {
    for (;;) {
      while (/[\s;{}]/.test(this.#character)) this.#at++;
      if (this.#at >= this.#text.length) return undefined;
      if (!this.#addresses()) return 'an address of the sed script is not understood';
      while (/[\s!]/.test(this.#character)) this.#at++;
      const objection = this.#command();
      if (objection !== undefined) return objection;
    }
  }

  get #character(): string {
    return this.#text.charAt(this.#at);
  }

  #addresses(): boolean {
    if (!this.#address()) return true;
    while (this.#character === ' ') this.#at++;
    if (this.#text.charAt(this.#at) !== ',') return true;
    this.#at++;
    while (this.#character === ' ') this.#at++;
    return this.#address();
  }

  #address(): boolean {
    if (this.#character === '/') return this.#delimited('/') && this.#flags(/[IM]/);
    const number = ADDRESS.exec(this.#text.slice(this.#at, this.#at + 24))?.[0];
    if (number === undefined) return false;
    this.#at += number.length;
    this.#at += STEP.exec(this.#text.slice(this.#at, this.#at + 24))?.[0].length ?? 0;
    return true;
  }

  #flags(allowed: RegExp): true {
    while (allowed.test(this.#character)) this.#at++;
    return true;
  }

  /** From one delimiter to behind the next. Implementations differ about one in brackets, which only patterns have. */
  #delimited(delimiter: string, isPattern = true): boolean {
    let isBracket = false;
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#character;
      if (character === '\\') this.#at++;
      else if (character === '\n' || (character === delimiter && isBracket)) return false;
      else if (character === delimiter) {
        this.#at++;
        return true;
      } else if (isPattern && character === '[') {
        if (!this.#openBracket(isBracket)) return false;
        isBracket = true;
      } else if (character === ']') isBracket = false;
    }
    return false;
  }

  /** A bracket after the first one is text, and `[:alpha:]` within brackets is a name; not all see to it. */
  #openBracket(isWithin: boolean): boolean {
    const begin = this.#text.slice(this.#at, this.#at + 16);
    const name = /^\[([:.=])[a-z]*\1\]/.exec(begin)?.[0];
    if (isWithin && name === undefined) return !/^\[[:.=]/.test(begin);
    const skipped = isWithin ? name : /^\[\^?\]?/.exec(begin)?.[0];
    this.#at += (skipped?.length ?? 1) - 1;
    return true;
  }

  #command(): string | undefined {
    const command = this.#character;
    if (command === '' || command === '{' || command === '}') return undefined;
    if (command === '#') return this.#toLineEnd();
    if (command === 's' || command === 'y') return this.#substitution(command === 's');
    this.#at++;
    if (PLAIN.has(command)) return this.#endOfCommand();
    if ('rR'.includes(command))
      return this.#fileName() === undefined ? 'a file name of the sed script is not understood' : undefined;
    if ('btT:'.includes(command)) return this.#label();
    if ('aic'.includes(command)) return this.#lines();
    if (command === 'w' || command === 'W') return this.#writes();
    return command === 'e' ? 'the sed script runs commands' : 'a command of the sed script is not understood';
  }

  /** `q5` has a number. */
  #endOfCommand(): string | undefined {
    while (/[ \t\d]/.test(this.#character)) this.#at++;
    return /^[;}\n#]?$/.test(this.#character) ? undefined : 'a command of the sed script is not understood';
  }

  /** It ends at a semicolon for some and with the line for others, who see commands in the lines of what is text to the former. */
  #label(): string | undefined {
    const end = this.#text.indexOf('\n', this.#at);
    if (end >= 0 && this.#text.charAt(end - 1) === '\\')
      return 'a label of the sed script may end in either of two places';
    while (/[ \t]/.test(this.#character)) this.#at++;
    while (/\w/.test(this.#character)) this.#at++;
    return this.#endOfCommand();
  }

  #toLineEnd(): undefined {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
    return undefined;
  }

  /** Text to the first line that does not end in a backslash. */
  #lines(): string | undefined {
    this.#toLineEnd();
    while (this.#at < this.#text.length && this.#text.charAt(this.#at - 1) === '\\') {
      if (this.#text.charAt(this.#at - 2) === '\\') return 'the text of the sed script may end in either of two lines';
      this.#at++;
      this.#toLineEnd();
    }
    return undefined;
  }

  /** It goes on to the end of the line for some, and to a semicolon or brace for others. */
  #fileName(): string | undefined {
    const begin = this.#at;
    this.#toLineEnd();
    const name = this.#text.slice(begin, this.#at).trim();
    return /[;}]/.test(name) ? undefined : name;
  }

  #writes(): string | undefined {
    const name = this.#fileName();
    if (name === undefined) return 'a file name of the sed script is not understood';
    this.#call.raise('mutating', 'the sed script writes a file');
    this.#call.means('written', knownArgument(name), 'the sed script');
    return undefined;
  }

  #substitution(hasFlags: boolean): string | undefined {
    this.#at++;
    const delimiter = this.#character;
    if (!/^[^\w\s\\]$/.test(delimiter) || !this.#delimited(delimiter))
      return 'a pattern of the sed script is not understood';
    this.#at--;
    if (!this.#delimited(delimiter, false)) return 'a replacement of the sed script is not understood';
    if (hasFlags) this.#flags(/[gpiIm\d]/);
    if (hasFlags && this.#character === 'w') {
      this.#at++;
      return this.#writes();
    }
    return hasFlags && this.#character === 'e' ? 'the sed script runs commands' : this.#endOfCommand();
  }
}
