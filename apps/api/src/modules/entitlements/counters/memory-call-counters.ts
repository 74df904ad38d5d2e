import { LRUCache } from 'lru-cache';
import {
  CallCounters,
  isWindowed,
  resetsAt,
  windowAt,
  type Count,
  type CountedCall,
  type Repeats,
  type Taken,
  type Used,
} from './call-counters.ts';

/** Most calls whose repetition is watched. Whoever makes that many others in between makes no tight loop. */
const WATCHED_CALLS = 10_000;

/** When a call was made lately, oldest first; or until when it must not be made. */
type Made = { readonly instants: number[] } | { readonly pausedUntil: number };

/** Counts of one process. They begin anew with it. */
export class MemoryCallCounters extends CallCounters {
  readonly #now: () => number;
  readonly #windows = new Map<string, { used: number; readonly endsAt: number }>();
  /** Of each count: the calls that run, and when each is over in any case. */
  readonly #running = new Map<string, Map<string, number>>();
  /** When the calls that may still be taken back were counted. */
  readonly #counted = new Map<string, { readonly at: number; readonly overBy: number }>();
  readonly #made = new LRUCache<string, Made>({ max: WATCHED_CALLS });
  #sweptMinute = 0;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    super();
    this.#now = now;
  }

  async take<C extends Count>(call: CountedCall<C>): Promise<Taken<C>> {
    const at = this.#now();
    this.#sweep(at);
    const full = call.counts.find((count) => this.#used(count, at) >= count.limit);
    if (full) return { outcome: 'full', count: full, at };
    const waitMs = call.repeats ? this.#waitOf(call.repeats, at) : 0;
    if (waitMs > 0) return { outcome: 'repeated', waitMs };
    for (const count of call.counts) this.#add(count, call, at);
    this.#counted.set(call.id, { at, overBy: at + call.lastsMs });
    return { outcome: 'taken' };
  }

  async used(counts: readonly Count[]): Promise<Used> {
    const at = this.#now();
    return { at, used: counts.map((count) => this.#used(count, at)) };
  }

  release({ id, counts }: CountedCall, withinMs = 0): void {
    const overBy = this.#now() + withinMs;
    for (const { key } of counts) {
      const running = this.#running.get(key);
      if ((running?.get(id) ?? 0) > overBy) running?.set(id, overBy);
    }
    if (withinMs === 0) this.#counted.delete(id);
  }

  prolong({ id, counts }: CountedCall, lastsMs: number): void {
    const at = this.#now();
    for (const { key } of counts) {
      const running = this.#running.get(key);
      const overBy = running?.get(id) ?? at;
      if (overBy > at) running?.set(id, Math.max(overBy, at + lastsMs));
    }
    const counted = this.#counted.get(id);
    if (counted) this.#counted.set(id, { ...counted, overBy: Math.max(counted.overBy, at + lastsMs) });
  }

  refund(call: CountedCall): void {
    const counted = this.#counted.get(call.id);
    this.release(call);
    if (!counted) return;
    for (const count of call.counts) {
      const known = this.#windows.get(nameOf(count, counted.at));
      if (known) known.used -= 1;
    }
  }

  #used(count: Count, at: number): number {
    if (isWindowed(count.window)) return this.#windows.get(nameOf(count, at))?.used ?? 0;
    const running = this.#running.get(count.key);
    return running ? stillRunning(running, at) : 0;
  }

  #add(count: Count, { id, lastsMs }: CountedCall, at: number): void {
    const { key, window } = count;
    if (isWindowed(window)) {
      const name = nameOf(count, at);
      const known = this.#windows.get(name);
      if (known) known.used += 1;
      else this.#windows.set(name, { used: 1, endsAt: resetsAt(window, at) ?? at });
    } else {
      const running = this.#running.get(key) ?? new Map<string, number>();
      this.#running.set(key, running.set(id, at + lastsMs));
    }
  }

  /** How long the call must not be made, in milliseconds; 0 when it may be made now, and then it has been. */
  #waitOf({ key, most, withinMs, pauseMs }: Repeats, at: number): number {
    const made = this.#made.get(key);
    if (made && 'pausedUntil' in made && at < made.pausedUntil) return made.pausedUntil - at;
    const earlier = made && 'instants' in made ? made.instants : [];
    const instants = [...earlier.filter((instant) => at - instant < withinMs), at];
    const isTooMany = instants.length > most;
    this.#made.set(key, isTooMany ? { pausedUntil: at + pauseMs } : { instants });
    return isTooMany ? pauseMs : 0;
  }

  /** What is over is forgotten, once a minute. */
  #sweep(at: number): void {
    const minute = windowAt('per_minute', at);
    if (minute === this.#sweptMinute) return;
    this.#sweptMinute = minute;
    for (const [name, { endsAt }] of this.#windows) if (endsAt <= at) this.#windows.delete(name);
    for (const [id, { overBy }] of this.#counted) if (overBy <= at) this.#counted.delete(id);
    for (const [key, running] of this.#running) if (stillRunning(running, at) === 0) this.#running.delete(key);
  }
}

/** How many run, without those that are over in any case. */
function stillRunning(running: Map<string, number>, at: number): number {
  for (const [id, overBy] of running) if (overBy <= at) running.delete(id);
  return running.size;
}

function nameOf({ key, window }: Count, at: number): string {
  return isWindowed(window) ? `${key}:${window}:${windowAt(window, at)}` : key;
}
