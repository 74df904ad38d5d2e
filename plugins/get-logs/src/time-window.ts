import { logTime, TIME_WITHIN, zoneMinutes, type LogClock } from './templates/log-time.ts';

/** Milliseconds since 1970, both included. */
export interface TimeBounds {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

const LINE_FEED = 0x0a;
/** Of a line without an end that is still coming, what suffices to find its time. */
const HEAD_BYTES = 4 * TIME_WITHIN;

/**
 * Lets the lines through that were written within a time, line ends included. The first line is the zone of the server. A line without a time of its
 * own goes with the one before; lines before any time go through, too, and are counted as undated.
 */
export class TimeWindow {
  readonly #bounds: TimeBounds;
  readonly #pass: (bytes: Uint8Array) => void;
  readonly #zone: ((bytes: Uint8Array) => void) | undefined;
  #clock: LogClock | undefined;
  #rest: Uint8Array = new Uint8Array(0);
  /** A long line has begun, and has been judged. */
  #isWithinLine = false;
  #isIn = true;
  #hasTime = false;
  #leftOut = 0;
  #undated = 0;

  /** @param zone takes the first line */
  constructor(bounds: TimeBounds, pass: (bytes: Uint8Array) => void, zone?: (bytes: Uint8Array) => void) {
    this.#bounds = bounds;
    this.#pass = pass;
    this.#zone = zone;
  }

  write(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      this.#take(bytes.subarray(start, end + 1), true);
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    if (rest.length > HEAD_BYTES) this.#take(rest, false);
    this.#rest = rest.length > HEAD_BYTES ? new Uint8Array(0) : rest.slice();
  }

  /** The last line may have no line end. */
  end(): void {
    if (this.#rest.length > 0) this.#take(this.#rest, true);
    this.#rest = new Uint8Array(0);
  }

  /** What there is to say about lines that did not go through, and about those that might not have had to. */
  get said(): string[] {
    return [
      ...(this.#leftOut > 0 ? [`${this.#leftOut} lines that were read are of another time and left out`] : []),
      ...(this.#undated > 0 ? [`the first ${this.#undated} lines are undated`] : []),
    ];
  }

  #take(bytes: Uint8Array, isWhole: boolean): void {
    if (!this.#clock) {
      this.#clock = { zoneMinutes: zoneMinutes(latin1(bytes), { zoneMinutes: 0 }), now: Date.now() };
      return this.#zone?.(bytes);
    }
    if (!this.#isWithinLine) this.#judge(bytes, this.#clock);
    this.#isWithinLine = !isWhole;
    if (this.#isIn) this.#pass(bytes);
  }

  #judge(bytes: Uint8Array, clock: LogClock): void {
    const at = logTime(latin1(bytes), clock)?.at;
    const { since = -Infinity, until = Infinity } = this.#bounds;
    if (at !== undefined) this.#isIn = at >= since && at <= until;
    this.#hasTime ||= at !== undefined;
    if (!this.#hasTime) this.#undated++;
    if (!this.#isIn) this.#leftOut++;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, TIME_WITHIN)).toString('latin1');
}
