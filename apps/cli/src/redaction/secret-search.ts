import { ControlSequences } from '@servonaut/plugin-sdk/plain-output';
import { awaitedBehind, lineOf, type Awaited } from './awaited-value.ts';
import { merged, notRedacted, type Finding } from './finding.ts';
import { isKeyBody } from './key-body.ts';
import { keyTailStart } from './key-tail.ts';
import type { LineSearch } from './line-search.ts';
import { bytesOf, viewsOf } from './line-view.ts';
import type { CompiledBlock, RuleSet } from './rule-set.ts';

const [LINE_FEED, BACKSPACE] = [0x0a, 0x08];
/** A mark alone is shorter, in bytes. */
const SHORTEST_TAIL = 64;
/** Behind all rules, which know what it is. */
const LEAST_EXACT_RULE = 999;

interface CalledLine {
  readonly start: number;
  readonly end: number;
  readonly rules: Set<number>;
}

/** Looks for secrets in the lines of one text, in order: those of several lines stay open from one piece of the text to the next. */
export class SecretSearch {
  readonly #rules: RuleSet;
  readonly #lines: LineSearch;
  readonly #isAll: boolean;
  #open: CompiledBlock | undefined;
  /** What a name in the lines before is given. */
  #awaited: Awaited | undefined;

  /** @param isAll whether every line is to be searched, whatever keywords it has */
  constructor(rules: RuleSet, lines: LineSearch, isAll: boolean) {
    this.#rules = rules;
    this.#lines = lines;
    this.#isAll = isAll;
  }

  /** Whether the last line has ended within a secret. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** @param isRest whether the first line goes on with one that was searched before */
  search(bytes: Buffer, isRest = false): Finding[] {
    const isPlain = !bytes.includes(BACKSPACE) && !isSteering(bytes);
    const called = this.#called(bytes, isPlain);
    const found: Finding[] = [];
    for (let at = 0, next = 0; at < bytes.length;) {
      const nextCalled = called[next];
      const isEach = this.#open !== undefined || this.#awaited !== undefined;
      const line = nextCalled && (!isEach || nextCalled.start === at) ? nextCalled : isEach && lineAt(bytes, at);
      if (!line) break;
      if (line === nextCalled) next++;
      this.#searchLine(bytes, line, { found, isPlain, isRest: isRest && at === 0 });
      at = line.end + 1;
    }
    return found;
  }

  #searchLine(
    bytes: Buffer,
    { start, end, rules }: CalledLine,
    { found, isPlain, isRest }: { found: Finding[]; isPlain: boolean; isRest: boolean },
  ): void {
    const line = bytes.subarray(start, end);
    const from = this.#open ? this.#goOn(line, start, { found, isPlain, isRest, open: this.#open }) : 0;
    if (from === undefined) return;
    const { findings, opens, isTail } = this.#lines.search(
      line.subarray(from),
      isPlain,
      this.#isAll ? undefined : rules,
    );
    const offset = start + from;
    const last = findings.at(-1);
    if (opens && last) last.end = line.length - from;
    const taken = opens || isRest ? [] : this.#taken(line, isPlain, rules.size > 0 || !isPlain);
    const all = taken.length === 0 ? findings : merged([...findings, ...taken]);
    const first = found.length;
    for (const finding of all) found.push(moved(finding, offset));
    if (isTail) joinTail(found, first, bytes.subarray(0, start));
    this.#open = opens;
  }

  /** What the line gives to a name before it. @param isCalled whether one may stand in it that waits for what comes */
  #taken(line: Buffer, isPlain: boolean, isCalled: boolean): readonly Finding[] {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (!awaited && !isCalled) return [];
    const view = viewsOf(line, isPlain).at(-1);
    if (!view) return [];
    const text = lineOf(view.text);
    const { place, next } = awaited?.(text) ?? {};
    this.#awaited = (isCalled ? awaitedBehind(text) : undefined) ?? next;
    if (!place) return [];
    const [start, end] = bytesOf(view, ...place);
    return notRedacted(line, [
      { kind: 'named-secret', from: start, start, end, to: end, isContinued: false, rank: LEAST_EXACT_RULE },
    ]);
  }

  /** @returns where in the line the secret has ended; undefined when it goes on */
  #goOn(
    line: Buffer,
    start: number,
    { found, isPlain, isRest, open }: { found: Finding[]; isPlain: boolean; isRest: boolean; open: CompiledBlock },
  ): number | undefined {
    const end = this.#lines.endOf(line, isPlain, open);
    if (end !== undefined) this.#open = undefined;
    else if (!isRest && viewsOf(line, isPlain).every(({ text }) => !isKeyBody(text))) {
      this.#open = undefined;
      return 0;
    }
    extend(found, start, start + (end ?? line.length), open.kind);
    return end;
  }

  /** The lines in which something may be found, in order. */
  #called(bytes: Buffer, isPlain: boolean): CalledLine[] {
    if (this.#isAll) return [...linesOf(bytes)];
    if (!isPlain) {
      const mayHold = ({ start, end }: CalledLine) => this.#mayHold(bytes.subarray(start, end));
      return this.#mayHold(bytes) ? [...linesOf(bytes)].filter(mayHold) : [];
    }
    const called: CalledLine[] = [];
    this.#rules.scan(bytes, (end, rule) => {
      let line = called.at(-1);
      if (!line || end > line.end) called.push((line = lineAt(bytes, end - 1)));
      line.rules.add(rule);
    });
    return called;
  }

  #mayHold(bytes: Buffer): boolean {
    let mayHold = bytes.includes(BACKSPACE);
    if (!mayHold) this.#rules.scan(new ControlSequences().write(bytes), () => (mayHold = true));
    return mayHold;
  }
}

/** Whether something in it steers a terminal: not where it only begins as that does, as `§` and `°` do in UTF-8. */
function isSteering(bytes: Buffer): boolean {
  const controls = new ControlSequences();
  return controls.write(bytes).length + controls.end().length < bytes.length;
}

function moved(finding: Finding, by: number): Finding {
  const { from, start, end, to } = finding;
  return { ...finding, from: from + by, start: start + by, end: end + by, to: to + by };
}

function lineAt(bytes: Buffer, at: number): CalledLine {
  const end = bytes.indexOf(LINE_FEED, at);
  const start = at === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, at - 1) + 1;
  return { start, end: end < 0 ? bytes.length : end, rules: new Set() };
}

function* linesOf(bytes: Buffer): Generator<CalledLine> {
  for (let at = 0; at < bytes.length;) {
    const line = lineAt(bytes, at);
    yield line;
    at = line.end + 1;
  }
}

/** The line feed before a line belongs to the secret that goes on with it. */
function extend(found: Finding[], start: number, end: number, kind: string): void {
  const last = found.at(-1);
  if (last && last.end >= start - 1 && start > 0) [last.end, last.to] = [end, end];
  else found.push({ kind, from: start, start, end, to: end, isContinued: true, rank: 0 });
}

/** The end of a key, with the lines before that are its body; without any there is nothing secret in it. */
function joinTail(found: Finding[], index: number, before: Buffer): void {
  const tail = found[index];
  if (tail?.rank !== 0) return;
  const start = Math.min(tail.start, keyTailStart(before, false));
  const earlier = found.slice(0, index).filter(({ end }) => end <= start);
  const isBare = start === tail.start && tail.end - tail.start < SHORTEST_TAIL;
  found.splice(0, index + 1, ...earlier, ...(isBare ? [] : [{ ...tail, from: start, start }]));
}
