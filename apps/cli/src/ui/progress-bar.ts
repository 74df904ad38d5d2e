import type { ToolProgress } from '@servonaut/plugin-sdk';
import { byteWords } from '@servonaut/plugin-sdk/host-facts';
import { columnsOf } from './plain-text.ts';

/** Characters of the longest bar, and of the shortest that says anything. */
const LONGEST = 30;
const SHORTEST = 5;
/** Seconds before there is a rate that means something. */
const RATE_AFTER = 0.5;

/** Since the first word of it, which may come from the middle. */
export interface Pace {
  readonly seconds: number;
  readonly done: number;
}

/**
 * `download [######----] 45 %  0.9 GiB of 2.0 GiB  187 MiB/s  6 s left`, on one line of `columns` without colours; what has no room is left out, the bar last
 * but one and the share last.
 * @returns undefined where it is not said of how much
 */
export function progressLine(update: ToolProgress, pace: Pace, columns: number): string | undefined {
  const { text = '', total } = update;
  if (!isNumber(update.done) || !isNumber(total) || total <= 0) return undefined;
  const done = Math.min(total, Math.max(0, update.done));
  const share = done / total;
  const percent = `${Math.floor(100 * share)} %`;
  const facts = [percent, ...amounts({ ...update, done, total }, pace)];
  // The last column is left alone: some terminals begin a new line behind it.
  const room = columns - 1;
  while (facts.length > 1 && columnsOf(`${text} [] ${facts.join('  ')}`) + SHORTEST > room) facts.pop();
  const said = facts.join('  ');
  const length = Math.min(LONGEST, room - columnsOf(`${text} [] ${said}`));
  if (length < SHORTEST) return percent.slice(0, room);
  const filled = Math.round(length * share);
  return `${text} [${'#'.repeat(filled)}${'-'.repeat(length - filled)}] ${said}`.trimStart();
}

/** Tools are told by their types to give one. */
function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function amounts({ done, total, unit }: ToolProgress & { done: number; total: number }, pace: Pace): string[] {
  const words = unit === 'bytes' ? byteWords : String;
  const amount = `${words(done)} of ${words(total)}`;
  const rate = (done - pace.done) / pace.seconds;
  if (pace.seconds < RATE_AFTER || rate <= 0) return [amount];
  const each = unit === 'bytes' ? byteWords(Math.round(rate)) : rate.toFixed(1);
  return [amount, `${each}/s`, `${timeWords((total - done) / rate)} left`];
}

function timeWords(seconds: number): string {
  const left = Math.ceil(seconds);
  if (left < 60) return `${left} s`;
  const [minutes, rest] = [Math.floor(left / 60), left % 60];
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'columns'>;

/** Takes the line away that the cursor is on. */
const CLEAR = '\r\u001b[K';

/** How far a call by hand is, on one line of the terminal that is written over. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #first: { readonly at: number; readonly done: number } | undefined;
  #isShown = false;
  #isOver = false;

  /** @param now in milliseconds */
  constructor(terminal: Terminal, now = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  readonly show = (update: ToolProgress): void => {
    if (this.#isOver) return;
    const at = this.#now();
    const first = (this.#first ??= { at, done: update.done ?? 0 });
    const pace = { seconds: (at - first.at) / 1_000, done: first.done };
    const line = progressLine(update, pace, this.#terminal.columns || 80);
    if (line === undefined) return;
    this.#isShown = true;
    this.#terminal.write(`${CLEAR}${line}`);
  };

  /** Makes way for a line of something else. */
  clear(): void {
    if (this.#isShown) this.#terminal.write(CLEAR);
    this.#isShown = false;
  }

  /** Nothing is shown any more: a tool that was given up may still be at work. */
  end(): void {
    this.clear();
    this.#isOver = true;
  }
}
