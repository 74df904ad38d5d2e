import { hash } from 'node:crypto';
import type { ToolManifest, WirePrincipal } from '@servonaut/contracts';
import type { EntitlementLevel, Principal } from '../auth/index.ts';
import { everyRule } from './applied-rules.ts';
import { resetsAt, type CallCounters, type CountedCall, type Repeats } from './counters/call-counters.ts';
import { countsOf, decide, visibleTools, type Allowed, type Decision, type RuledCount, type Wanted } from './decide.ts';
import { quotaExceeded, repeatedCall } from './refusal.ts';
import { asksForLabels, listsOnTheWire, serverLists, type KnownServers } from './server-lists.ts';

/** How often the same call may be made: `Repeats` of any call. */
export type Breaker = Omit<Repeats, 'key'>;

export interface EntitlementsOptions {
  /** Null when nobody minds how often the same call is made. */
  readonly breaker: Breaker | null;
  /** Longest that a call can take besides its run time, in milliseconds; then it counts as over, whatever became of its process. */
  readonly besidesRunMs: number;
}

/** A call that rules allow. */
export interface AllowedCall {
  readonly id: string;
  readonly principal: Principal;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** In seconds. */
  readonly runTime: number;
}

/** A call that was counted. One of the last three is said of it, or nothing: then it counts as running until it is over in any case. */
export interface TakenCall {
  /** Its time to run begins in so many milliseconds at most, since its operator is asked; meanwhile it counts. */
  waits(ms: number): void;
  /** It runs no more. */
  release(): void;
  /** Its executor has been told to stop it. */
  stopping(): void;
  /** No request came of it. */
  refund(): void;
}

/** A count as it stands. */
export interface UsedCount extends RuledCount {
  readonly used: number;
  /** Milliseconds since the epoch; null for calls that run. */
  readonly resetsAt: number | null;
}

/**
 * How long a call counts as running after its executor was told to stop it, in milliseconds: as long as an executor waits for a tool that it stops. What
 * it runs over SSH has INT, TERM and KILL behind it by then, unless its settings give it more.
 */
const STOPPING_MS = 15_000;

const NOT_COUNTED: TakenCall = {
  waits: () => undefined,
  release: () => undefined,
  stopping: () => undefined,
  refund: () => undefined,
};

/** What a principal may call, and how often. Other modules ask here; the rules are the pure functions behind it. */
export class Entitlements {
  readonly #counters: CallCounters;
  readonly #options: EntitlementsOptions;

  constructor(counters: CallCounters, options: EntitlementsOptions) {
    this.#counters = counters;
    this.#options = options;
  }

  /** Whether the principal may make this call. Knows nothing of whether the tool or the server exists. */
  decide(principal: Principal, call: Wanted): Decision {
    return decide(principal, call);
  }

  /** The tools that the principal may call, in the given order: those that act on a server, where there may be one of these for them. */
  visibleTools(principal: Principal, manifests: readonly ToolManifest[], servers: KnownServers): ToolManifest[] {
    return visibleTools(principal, manifests, servers);
  }

  /** Whether the labels of a server decide about the call. */
  asksForLabels(principal: Principal, tool: string): boolean {
    return serverLists(principal, tool).some(asksForLabels);
  }

  /** The servers of `owner` (null for the caller's own) that the executor is to hold the call to. */
  onTheWire(principal: Principal, tool: string, owner: string | null): Pick<WirePrincipal, 'servers' | 'within'> {
    return listsOnTheWire(principal, tool, owner);
  }

  /**
   * Counts a call that may be made.
   * @throws ServonautError `quota_exceeded`, `repeated_call`; `unavailable` when it cannot be counted. Then it is not counted.
   */
  async take(call: AllowedCall, { counts }: Pick<Allowed, 'counts'>): Promise<TakenCall> {
    const counted = this.#counted(call, counts);
    if (counts.length === 0 && counted.repeats === null) return NOT_COUNTED;
    const taken = await this.#counters.take(counted);
    if (taken.outcome === 'full') throw quotaExceeded(taken.count, taken.at);
    if (taken.outcome === 'repeated' && counted.repeats) throw repeatedCall(call.tool, counted.repeats, taken.waitMs);
    return {
      waits: (ms) => this.#counters.prolong(counted, ms + counted.lastsMs),
      release: () => this.#counters.release(counted),
      stopping: () => this.#counters.release(counted, STOPPING_MS),
      refund: () => this.#counters.refund(counted),
    };
  }

  /** What the rules of these levels count, and how much of it is used. @throws ServonautError `unavailable` when nobody knows */
  async used(levels: readonly EntitlementLevel[]): Promise<UsedCount[]> {
    const counts = countsOf(everyRule(levels));
    if (counts.length === 0) return [];
    const { at, used } = await this.#counters.used(counts);
    return counts.map((count, index) => ({ ...count, used: used[index] ?? 0, resetsAt: resetsAt(count.window, at) }));
  }

  #counted(call: AllowedCall, counts: readonly RuledCount[]): CountedCall<RuledCount> {
    const { breaker, besidesRunMs } = this.#options;
    const lastsMs = call.runTime * 1_000 + besidesRunMs;
    return { id: call.id, counts, repeats: breaker && { ...breaker, key: sameCall(call) }, lastsMs };
  }
}

/**
 * A digest, since arguments are long, and nobody who looks into the store needs to see them. Neither another run time nor another order makes another
 * call of it.
 */
function sameCall({ principal: { kind, id }, tool, args }: AllowedCall): string {
  const { timeout_seconds: _asked, ...others } = args;
  return `${kind}:${id}:${tool}:${hash('sha256', JSON.stringify(others, inOrder), 'base64url')}`;
}

/** A replacer of JSON: members by their names. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
