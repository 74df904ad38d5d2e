import { ServonautError } from '@servonaut/contracts';
import type { PauseSwitch } from '../pause/pause-switch.ts';
import type { ApprovalTerms } from '../policy/policy.ts';
import { approvalHash, type AskedServer } from './approval-hash.ts';
import type { Approval, ApprovalOptions, ApprovalQuestion, Approver } from './approver.ts';
import type { ApprovalAnswer, ApprovalCounter, ShownApproval } from './shown-approval.ts';
import { WaitingCalls, type WaitingCall } from './waiting-calls.ts';

export interface ApprovalDeskOptions {
  /** As they are when somebody asks. */
  readonly terms: () => ApprovalTerms;
  /** Stops everything, as the operator may choose instead of an answer. Whatever pauses, what was approved for a while is so no longer. */
  readonly pause: Pick<PauseSwitch, 'pause' | 'onChange'>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** @returns forgets it */
  readonly after?: (run: () => void, ms: number) => () => void;
}

/** Most calls that are answered as one: more than a call for many servers has. */
const MOST_CALLS = 1_000;

/**
 * How long it is gathered, in milliseconds, what becomes more or less of one question: a call for many servers comes as so many requests, each of
 * which makes another question of it, to be hashed and shown anew.
 */
const GATHER_MS = 100;

/**
 * Where calls wait for the operator. An approval is for exactly what was shown, and for once unless the operator chooses otherwise; nothing of it
 * outlives this process. Where nobody looks, nothing waits.
 */
export class ApprovalDesk implements Approver, ApprovalCounter {
  readonly #options: Required<ApprovalDeskOptions>;
  /** By the hash of all but the servers. */
  readonly #waiting = new Map<string, WaitingCalls>();
  /** Until when, by the hash of one call. */
  readonly #remembered = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #attendants = new Set<{ readonly isThere: () => boolean }>();
  #gathering: (() => void) | undefined;

  constructor(options: ApprovalDeskOptions) {
    this.#options = { now: Date.now, after: afterMs, ...options };
    options.pause.onChange(() => this.#remembered.clear());
  }

  /**
   * Somebody looks from now on.
   * @param isThere whether they do at a moment, where that can change: not while their terminal belongs to another job
   * @returns ends it
   */
  attend(isThere: () => boolean = () => true): () => void {
    const attendant = { isThere };
    this.#attendants.add(attendant);
    return () => void this.#attendants.delete(attendant);
  }

  /** Whether anybody looks. */
  get isAttended(): boolean {
    return [...this.#attendants].some(({ isThere }) => isThere());
  }

  async approve(question: ApprovalQuestion, { signal, onWaiting }: ApprovalOptions): Promise<Approval> {
    signal.throwIfAborted();
    const hash = hashOf(question, [serverOf(question)]);
    if (this.#isRemembered(hash)) return { by: 'remembered', hash };
    this.#refuseToWait(question);
    const until = this.#options.now() + this.#options.terms().expireMs;
    // Whoever is told may refuse, as an audit that takes nothing does: then nothing waits.
    onWaiting(until);
    return this.#wait(question, signal, until);
  }

  get waiting(): readonly ShownApproval[] {
    return [...this.#waiting.values()].map(({ shown }) => shown);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async answer(hash: string, answer: ApprovalAnswer, by = 'terminal'): Promise<void> {
    const asked = [...this.#waiting.values()].find(({ shown }) => shown.hash === hash);
    if (!asked) {
      // Whoever wants everything stopped need not have seen the latest question.
      if (answer === 'pause') return this.#options.pause.pause();
      throw nothingOfThatKind();
    }
    // Timers stand still while a machine sleeps.
    const late = asked.calls.filter(({ until }) => until <= this.#options.now());
    for (const call of late) call.expired();
    if (late.length > 0 && answer !== 'pause') throw nothingOfThatKind();
    const calls = [...asked.calls];
    if (answer === 'remember') this.#remember(asked);
    for (const call of calls)
      if (answer === 'once' || answer === 'remember') call.approved({ by, hash });
      else call.declined({ by, hash });
    if (answer === 'pause') await this.#options.pause.pause();
  }

  /** Nobody who asks can take all the room. */
  #refuseToWait(question: ApprovalQuestion): void {
    if (!this.isAttended) throw new ServonautError('approval_unavailable');
    const { mostWaiting } = this.#options.terms();
    const all = [...this.#waiting.values()];
    const like = this.#waiting.get(hashOf(question, []));
    const own = all.filter((one) => one.question.principal?.id === question.principal?.id);
    const hasRoom = all.length < mostWaiting && own.length < Math.ceil(mostWaiting / 2);
    if (like ? like.calls.length < MOST_CALLS : hasRoom) return;
    throw new ServonautError('too_many_requests', {
      message: `${like ? like.calls.length : own.length} calls like this, or of this caller, wait for the operator's approval already.`,
      nextStep: 'Wait until the operator has answered them.',
    });
  }

  #wait(question: ApprovalQuestion, signal: AbortSignal, until: number): Promise<Approval> {
    const { now, after } = this.#options;
    const key = hashOf(question, []);
    const asked = this.#waiting.get(key) ?? new WaitingCalls(question);
    this.#waiting.set(key, asked);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        forget();
        signal.removeEventListener('abort', onAbort);
        asked.delete(call);
        if (asked.calls.length > 0) return this.#gather();
        this.#waiting.delete(key);
        this.#changed();
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const onAbort = (): void => fail(signal.reason);
      const call: WaitingCall = {
        server: serverOf(question),
        until,
        approved: (approval) => {
          end();
          resolve(approval);
        },
        expired: () => fail(new ServonautError('approval_expired')),
        declined: ({ by, hash }) => fail(new ServonautError('approval_declined', { facts: { by, hash } })),
      };
      const forget = after(() => call.expired(), until - now());
      signal.addEventListener('abort', onAbort, { once: true });
      asked.add(call);
      if (asked.calls.length > 1) this.#gather();
      else this.#changed();
    });
  }

  #isRemembered(hash: string): boolean {
    const now = this.#options.now();
    for (const [known, until] of this.#remembered) if (until <= now) this.#remembered.delete(known);
    return this.#remembered.has(hash);
  }

  #remember({ question, calls }: WaitingCalls): void {
    const until = this.#options.now() + this.#options.terms().rememberMs;
    for (const { server } of calls) this.#remembered.set(hashOf(question, [server]), until);
  }

  #gather(): void {
    this.#gathering ??= this.#options.after(() => this.#changed(), GATHER_MS);
  }

  #changed(): void {
    this.#gathering?.();
    this.#gathering = undefined;
    for (const listener of this.#listeners) listener();
  }
}

function afterMs(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function serverOf({ server, machine }: ApprovalQuestion): AskedServer | null {
  return server === null ? null : [server, machine];
}

function hashOf(
  { principal, tool, input, preview, decision }: ApprovalQuestion,
  asked: readonly (AskedServer | null)[],
): string {
  const servers = asked.filter((server) => server !== null);
  return approvalHash({ principal, tool, servers, input, preview, policyVersion: decision.policyVersion });
}

/** Also what a client of the desk says of an answer that comes too late. */
function nothingOfThatKind(): ServonautError {
  return new ServonautError('approval_stale', {
    message: 'Nothing waits that is exactly this: it has expired, was answered, or has changed.',
    nextStep: 'Look at what waits now.',
  });
}
