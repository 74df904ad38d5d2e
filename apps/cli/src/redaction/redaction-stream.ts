import { ControlSequences } from '@servonaut/plugin-sdk/plain-output';
import { FoundCounts, withPlaceholders } from './finding.ts';
import { FoundPlaces, type OnFound } from './found-places.ts';
import { HeldBytes } from './held-bytes.ts';
import { keyTailStart } from './key-tail.ts';
import type { SecretSearch } from './secret-search.ts';

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];
/** Longest line, in bytes, that is looked at as a whole. */
export const LONGEST_LINE = 65_536;
/** Longest secret, with its name, that is found wherever it stands in a longer line. */
const LONGEST_SECRET = 8_192;
/** Longest mark at which a secret of several lines begins or ends. */
const LONGEST_MARK = 128;
/** Longest end of a private key, in bytes, that is known by its last line alone: those of RSA with 16,384 bits have less. */
const LONGEST_TAIL = 16_384;
/** What a secret that is longer than that ends at. */
const DELIMITER = /[\s"'&;,<>|\\]/;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Takes the secrets out of bytes as they come. What has come of a line is held back until its end, up to `LONGEST_LINE`; of a longer one all but
 * `LONGEST_SECRET` goes on, without what steers a terminal, since a sequence of that could hold the parts of a secret apart. A carriage return is as good
 * as an end where the rest of the line cannot come to stand beside it.
 */
export class RedactionStream {
  readonly #search: SecretSearch;
  readonly #found = new FoundCounts();
  readonly #held = new HeldBytes();
  /** Lines that may be the body of a private key whose first line was not seen: its last one may come. */
  readonly #tail = new HeldBytes();
  /** Of a line that is too long. */
  #controls: ControlSequences | undefined;
  /** Whether of that line something was passed on. */
  #isRest = false;
  /** Within a secret that is too long. */
  #isDropping = false;
  /** The end of the last line of a secret: part of it when the next line is. */
  #owed: Buffer = NOTHING;

  readonly #places: FoundPlaces | undefined;

  constructor(search: SecretSearch, onFound?: OnFound) {
    this.#search = search;
    this.#places = onFound && new FoundPlaces(onFound);
  }

  /** How many of each kind were taken out so far. */
  get found(): Readonly<Record<string, number>> {
    return this.#found.counts;
  }

  /** @returns what can go on, which may be `chunk` itself */
  write(chunk: Buffer): Buffer {
    if (chunk.length <= LONGEST_LINE) return this.#write(chunk);
    const parts: Buffer[] = [];
    for (let at = 0; at < chunk.length; at += LONGEST_LINE)
      parts.push(this.#write(chunk.subarray(at, at + LONGEST_LINE)));
    return Buffer.concat(parts);
  }

  /** Of a chunk that is no longer than `LONGEST_LINE`: so no line is ever looked at that is much longer than that. */
  #write(chunk: Buffer): Buffer {
    if (this.#controls) return this.#writeLong(chunk, this.#controls);
    const end = this.#lineEnd(chunk);
    if (end === 0 && this.#held.length + chunk.length > LONGEST_LINE) return this.#beginLong(chunk);
    const lines =
      this.#held.length === 0 ? chunk.subarray(0, end) : end > 0 ? this.#held.take(chunk.subarray(0, end)) : NOTHING;
    const rest = chunk.subarray(end);
    this.#held.add(rest);
    return lines.length > 0 ? this.#lines(this.#released(lines)) : NOTHING;
  }

  /** Of whole lines those that nothing may come to change, behind those that were held back before. */
  #released(lines: Buffer): Buffer {
    const start = !this.#search.isOpen ? keyTailStart(lines, this.#tail.length > 0) : lines.length;
    if (start === lines.length && this.#tail.length === 0) return lines;
    const isLong = lines.length - start + (start > 0 ? 0 : this.#tail.length) > LONGEST_TAIL;
    if (isLong) return this.#tail.take(lines);
    const released = start > 0 ? this.#tail.take(lines.subarray(0, start)) : NOTHING;
    this.#tail.add(lines.subarray(start));
    return released;
  }

  /** What was held back. */
  end(): Buffer {
    const controls = this.#controls;
    if (controls) this.#held.add(controls.end());
    const redacted = this.#lines(this.#tail.take(this.#held.take()));
    this.#controls = undefined;
    const owed = this.#owed;
    this.#owed = NOTHING;
    return Buffer.concat([redacted, owed]);
  }

  /** Length of the lines that have ended in the chunk. */
  #lineEnd(chunk: Buffer): number {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    const returned = chunk.lastIndexOf(CARRIAGE_RETURN) + 1;
    if (returned <= end || this.#search.isOpen) return end;
    return steers(chunk.subarray(end, returned)) || (end === 0 && steers(this.#held.bytes)) ? end : returned;
  }

  #beginLong(chunk: Buffer): Buffer {
    const before = this.#lines(this.#tail.take());
    const line = this.#held.take(chunk);
    return Buffer.concat([before, this.#writeLong(line, (this.#controls = new ControlSequences()))]);
  }

  #writeLong(chunk: Buffer, controls: ControlSequences): Buffer {
    const end = chunk.indexOf(LINE_FEED) + 1;
    const part = controls.write(end > 0 ? chunk.subarray(0, end) : chunk);
    this.#held.add(part);
    if (end === 0) return this.#windows();
    this.#controls = undefined;
    const line = Buffer.concat([this.#windows(), this.#lines(this.#held.take())]);
    return Buffer.concat([line, this.#write(chunk.subarray(end))]);
  }

  /** All of a long line but what a secret may still come to stand in. */
  #windows(): Buffer {
    const passed: Buffer[] = [];
    while (this.#held.length > LONGEST_LINE) {
      const window = this.#undropped(this.#held.take());
      if (window.length <= LONGEST_LINE) this.#held.add(window);
      else passed.push(this.#window(window));
    }
    return Buffer.concat(passed);
  }

  #window(all: Buffer): Buffer {
    const window = all.subarray(0, LONGEST_LINE);
    const findings = this.#search.search(window, this.#isRest);
    this.#isRest = true;
    let cut = window.length - LONGEST_SECRET;
    for (const { from, to } of findings) if (from < cut) cut = Math.max(cut, to);
    const open = this.#search.isOpen ? findings.at(-1) : undefined;
    // The mark of its end may come in two pieces.
    if (open) cut = Math.max(open.start + LONGEST_MARK, window.length - LONGEST_MARK);
    cut = Math.min(cut, window.length);
    this.#isDropping = cut === window.length && !open;
    this.#held.add(all.subarray(cut));
    const before = findings
      .filter(({ start }) => start < cut)
      .map((finding) => ({ ...finding, end: Math.min(finding.end, cut) }));
    return this.#paid(window.subarray(0, cut), before);
  }

  #lines(lines: Buffer): Buffer {
    const bytes = this.#undropped(lines);
    const isRest = this.#isRest;
    if (bytes.length === 0) return NOTHING;
    this.#isRest = false;
    const findings = this.#search.search(bytes, isRest);
    return this.#paid(bytes, findings);
  }

  /** What a reader gets of these bytes, with the end of line that is owed to them. */
  #paid(bytes: Buffer, findings: ReturnType<SecretSearch['search']>): Buffer {
    this.#places?.tell(bytes, findings);
    const owed = findings[0]?.isContinued && findings[0].start === 0 ? NOTHING : this.#owed;
    const ending = this.#search.isOpen ? lineEnding(bytes) : NOTHING;
    this.#owed = ending;
    const redacted = withPlaceholders(bytes.subarray(0, bytes.length - ending.length), findings, this.#found);
    return owed.length > 0 ? Buffer.concat([owed, redacted]) : redacted;
  }

  #undropped(bytes: Buffer): Buffer {
    if (!this.#isDropping) return bytes;
    const at = bytes.toString('latin1').search(DELIMITER);
    if (at < 0) return NOTHING;
    this.#isDropping = false;
    return bytes.subarray(at);
  }
}

function lineEnding(bytes: Buffer): Buffer {
  return bytes.at(-1) === LINE_FEED ? Buffer.from(bytes.subarray(-1)) : NOTHING;
}

/** Whether something in it might steer a terminal, which a carriage return does not end. */
function steers(bytes: Buffer): boolean {
  return bytes.includes(0x1b) || bytes.includes(0xc2);
}
