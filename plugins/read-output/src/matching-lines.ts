import { plainBytes } from '@servonaut/plugin-sdk/plain-output';
import type { ReadPart, Shown } from './kept-stream.ts';

const LINE_FEED = 0x0a;
/** Bytes that are searched at a time, with a look in between whether somebody still waits. A longer line is searched in pieces. */
const SEARCHED_AT_ONCE = 1024 * 1024;
/** Most bytes that are shown of one line, and how many of them stand before the match. */
const LONGEST_LINE = 1_000;
const BEFORE_MATCH = 200;

export interface SearchChoice {
  /** Text, not a pattern. */
  readonly text: string;
  /** Lines around each match. */
  readonly context: number;
  /** Matches before it are not shown; lines are counted from the first one all the same. */
  readonly offset: number;
  /** Most characters of the answer. */
  readonly length: number;
  readonly raw: boolean;
}

/** The lines that contain a text, with their numbers, as `grep -nF` shows them. In time that grows with the output and with nothing else. */
export async function readMatches(
  read: ReadPart,
  choice: SearchChoice,
  signal: AbortSignal,
): Promise<Shown & { readonly matches: number }> {
  const found = new FoundLines(choice);
  for (let at = 0; ;) {
    signal.throwIfAborted();
    const { bytes, keptBytes, writtenBytes } = await read(at, SEARCHED_AT_ONCE);
    const isLast = at + bytes.length >= keptBytes;
    const lines = isLast ? bytes : bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1 || bytes.length);
    const nextOffset = found.search(lines, at);
    at += lines.length;
    if (nextOffset === null && !isLast) continue;
    const { text, matches } = found;
    return { text, matches, binary: false, offset: choice.offset, nextOffset, keptBytes, writtenBytes };
  }
}

/** What was found so far, through one part of the output after the other. */
class FoundLines {
  matches = 0;
  readonly #choice: SearchChoice;
  readonly #wanted: Buffer;
  readonly #shown: string[] = [];
  #length = 0;
  /** Number of the line that is looked at, and of the last that is shown. */
  #number = 1;
  #lastShown = 0;
  /** Lines that are still to be shown behind a match. */
  #after = 0;
  #before: { number: number; line: Buffer }[] = [];

  constructor(choice: SearchChoice) {
    this.#choice = choice;
    this.#wanted = Buffer.from(choice.text);
  }

  get text(): string {
    return this.#shown.join('');
  }

  /**
   * @param part whole lines
   * @param offset of their first byte
   * @returns the offset of the first line for which there is no room; null when there was room for all
   */
  search(part: Buffer, offset: number): number | null {
    // Line feeds stay as many as they were, so that both have the same lines.
    const plain = this.#choice.raw ? part : plainBytes(part);
    let match = plain.indexOf(this.#wanted);
    for (let [start, rawStart] = [0, 0]; rawStart < part.length; this.#number++) {
      const end = endOfLine(plain, start);
      const rawEnd = plain === part ? end : endOfLine(part, rawStart);
      if (match >= 0 && match < start) match = plain.indexOf(this.#wanted, start);
      const isMatch = match >= 0 && match < end && offset + rawStart >= this.#choice.offset;
      if (!this.#take(plain.subarray(start, end), isMatch ? match - start : undefined)) return offset + rawStart;
      [start, rawStart] = [end + 1, rawEnd + 1];
    }
    // A line that is searched in pieces has one number.
    if (part.at(-1) !== LINE_FEED) this.#number--;
    this.#before = this.#before.map(({ number, line }) => ({ number, line: Buffer.from(line) }));
    return null;
  }

  /** @param match where it is in the line; undefined for none */
  #take(line: Buffer, match: number | undefined): boolean {
    const number = this.#number;
    if (match === undefined && this.#after === 0) this.#hold(number, line);
    else {
      const around = match === undefined ? [] : this.#before.map((one) => shownLine(one.number, '-', one.line));
      const texts = [...around, shownLine(number, match === undefined ? '-' : ':', line, match)];
      if (!this.#show(number, texts)) return false;
      this.#after = match === undefined ? this.#after - 1 : this.#choice.context;
      this.#before = [];
      if (match !== undefined) this.matches++;
    }
    return true;
  }

  #hold(number: number, line: Buffer): void {
    if (this.#choice.context === 0) return;
    this.#before.push({ number, line });
    if (this.#before.length > this.#choice.context) this.#before.shift();
  }

  /** The first match is shown in any case, so that whoever reads on gets on. */
  #show(number: number, texts: readonly string[]): boolean {
    const first = number - texts.length + 1;
    const isApart = this.#choice.context > 0 && this.#lastShown > 0 && first > this.#lastShown + 1;
    const text = [...(isApart ? ['--\n'] : []), ...texts].join('');
    if (this.#length > 0 && this.#length + text.length > this.#choice.length) return false;
    this.#shown.push(text);
    this.#length += text.length;
    this.#lastShown = number;
    return true;
  }
}

function endOfLine(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(LINE_FEED, start);
  return end < 0 ? bytes.length : end;
}

function shownLine(number: number, mark: ':' | '-', line: Buffer, match = 0): string {
  if (line.length <= LONGEST_LINE) return `${number}${mark}${line.toString('utf8')}\n`;
  const start = Math.max(0, match - BEFORE_MATCH);
  const part = line.toString('utf8', start, start + LONGEST_LINE);
  // A character that was cut in half at either end.
  const whole = part.replace(/^\uFFFD+|\uFFFD+$/g, '');
  return `${number}${mark}${start > 0 ? '…' : ''}${whole}…\n`;
}
