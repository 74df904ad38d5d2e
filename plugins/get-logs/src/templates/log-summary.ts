import { plainText } from '@servonaut/plugin-sdk/plain-output';
import { DrainTree, type WordGroup } from './drain-tree.ts';
import type { LineSink } from './line-splitter.ts';
import { logTime, TIME_WITHIN, type LogClock } from './log-time.ts';
import { maskedWords } from './masked-line.ts';

/** Most groups of one log. */
export const MOST_GROUPS = 1_000;
/** Most shapes that are known at once; lines of others are looked at one by one. */
const MOST_SHAPES = 20_000;
/** Most codes of different numbers that are told apart. */
export const MOST_CODES = 40;
/** Longest template and example, in characters. */
const TEXT_LENGTH = 200;

/** Lines that say the same, but for their variable words. */
export interface LogTemplate {
  /** The words that they share, and `<*>` where they differ. */
  readonly template: string;
  readonly count: number;
  /** RFC 3339 in UTC; null where the lines have no instant that is known. */
  readonly first: string | null;
  readonly last: string | null;
  /** The first of them. */
  readonly example: string;
}

interface LineGroup extends WordGroup {
  readonly firstAt: number | undefined;
  readonly example: string;
  /** Where the newest line lies, while its bytes are there: then the start of it is copied. */
  bytes: Uint8Array | undefined;
  start: number;
  end: number;
  readonly head: Uint8Array;
  headLength: number;
}

const UTF_8 = new TextDecoder();

/**
 * Groups the lines of a log into templates while they come. A line of a shape that has been seen is only counted, where it lies; only one of a new shape is
 * made a text of and compared. When a line was written is read from the first and the newest of each group alone.
 */
export class LogSummary implements LineSink {
  readonly #clock: LogClock;
  readonly #shapes = new Map<number, LineGroup>();
  readonly #codes = new Set<string>();
  readonly #tree = new DrainTree<LineGroup>();
  readonly #groups: LineGroup[] = [];
  /** Groups whose newest line lies in bytes that are about to go. */
  readonly #fresh: LineGroup[] = [];
  #lines = 0;
  #ungrouped = 0;

  constructor(clock: LogClock) {
    this.#clock = clock;
  }

  /** All that were not empty. */
  get lines(): number {
    return this.#lines;
  }

  /** Those that were only counted, since there were too many groups already. */
  get ungrouped(): number {
    return this.#ungrouped;
  }

  line(bytes: Uint8Array, start: number, end: number, shape: number): void {
    if (start === end) return;
    this.#lines++;
    const group = this.#shapes.get(shape) ?? this.#newShape(shape, bytes.subarray(start, end));
    if (!group) return;
    group.count++;
    if (group.bytes === undefined) this.#fresh.push(group);
    group.bytes = bytes;
    group.start = start;
    group.end = end;
  }

  settle(): void {
    for (const group of this.#fresh) {
      const head = group.bytes?.subarray(group.start, Math.min(group.end, group.start + TIME_WITHIN)) ?? [];
      group.head.set(head);
      group.headLength = head.length;
      group.bytes = undefined;
    }
    this.#fresh.length = 0;
  }

  /** The rarest first, and the newest of those. */
  templates(): LogTemplate[] {
    return this.#groups
      .map((group) => this.#templateOf(group))
      .sort((a, b) => a.count - b.count || compare(b.last ?? '', a.last ?? ''));
  }

  #newShape(shape: number, line: Uint8Array): LineGroup | undefined {
    const text = plainText(line);
    const group = this.#groupOf(text);
    if (group && this.#shapes.size < MOST_SHAPES) this.#shapes.set(shape, group);
    return group;
  }

  #groupOf(text: string): LineGroup | undefined {
    const words = maskedWords(text, this.#clock, (code) => this.#keepsCode(code));
    const known = this.#tree.join(words);
    if (known) return known;
    if (this.#groups.length < MOST_GROUPS) return this.#add(words, text);
    this.#ungrouped++;
    return undefined;
  }

  #keepsCode(code: string): boolean {
    if (this.#codes.size < MOST_CODES) this.#codes.add(code);
    return this.#codes.has(code);
  }

  #add(words: readonly string[], text: string): LineGroup {
    const group: LineGroup = {
      words,
      count: 0,
      firstAt: logTime(text, this.#clock)?.at,
      example: cut(text.trim()),
      bytes: undefined,
      start: 0,
      end: 0,
      head: new Uint8Array(TIME_WITHIN),
      headLength: 0,
    };
    this.#tree.add(group);
    this.#groups.push(group);
    return group;
  }

  #templateOf({ words, count, firstAt, example, head, headLength }: LineGroup): LogTemplate {
    const lastAt = logTime(UTF_8.decode(head.subarray(0, headLength)), this.#clock)?.at;
    return { template: cut(words.join(' ')), count, first: written(firstAt), last: written(lastAt), example };
  }
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH - 1)}…`;
}

function written(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
