import type { OnModuleDestroy } from '@nestjs/common';
import { Retries } from '../../platform/retries/retries.ts';
import { REVOCATION_ECHO_MS, type Revocation, type Revocations } from '../auth/index.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { PendingStore } from './pending/pending-store.ts';
import type { RequestRecord } from './pending/request-record.ts';
import type { CancelEvent, RequestCanceller } from './request-canceller.ts';

/** When to look once more, in milliseconds: a call whose token was checked just before the revocation becomes a request just after. */
const SECOND_LOOK_MS = 1_000;

/** Whose executors may be running something that the user has asked for, besides their own. */
export type GrantorsOf = (userId: string) => Promise<readonly string[]>;

export interface RevokedRequestsParts {
  readonly revocations: Revocations;
  readonly pending: PendingStore;
  readonly canceller: RequestCanceller;
  readonly grantorsOf: GrantorsOf;
  readonly clock?: Clock;
}

/**
 * Cancels what is open of whoever lost the right to ask. Each process that hears of a revocation looks at all requests to the executors of its user, and
 * at those of the user to the executors of others.
 */
export class RevokedRequests implements OnModuleDestroy {
  readonly #parts: RevokedRequestsParts;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  readonly #secondLooks = new Set<unknown>();
  readonly #retries = new Retries(RevokedRequests.name);

  constructor(parts: RevokedRequestsParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
    this.#unsubscribe = parts.revocations.subscribe((revocation) => void this.#lookTwice(revocation));
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
    this.#retries.close();
    for (const timer of this.#secondLooks) this.#clock.clearTimeout(timer);
  }

  /** The second time after the first has had an answer: a store that was away may take at its return what it was asked before. */
  async #lookTwice(revocation: Revocation): Promise<void> {
    if (!(await this.#cancelAll(revocation))) return;
    const timer = this.#clock.setTimeout(() => {
      this.#secondLooks.delete(timer);
      void this.#cancelAll(revocation);
    }, SECOND_LOOK_MS);
    this.#secondLooks.add(timer);
  }

  #cancelAll(revocation: Revocation): Promise<boolean> {
    const until = Date.now() + REVOCATION_ECHO_MS;
    const { userId } = revocation;
    return this.#retries.run(`looking for requests of what user ${userId} has lost`, until, async () => {
      await this.#cancelOf(userId, revocation);
      const grantors = await this.#parts.grantorsOf(userId);
      await Promise.all(grantors.map((grantor) => this.#cancelOf(grantor, revocation)));
    });
  }

  async #cancelOf(owner: string, revocation: Revocation): Promise<void> {
    for (const request of await this.#parts.pending.open(owner)) {
      const event = endOf(revocation, request);
      if (event) void this.#parts.canceller.cancel(request, event);
    }
  }
}

/** Undefined when the request has nothing to do with it. */
function endOf(revoked: Revocation, { userId, principal, delegation }: RequestRecord): CancelEvent | undefined {
  const { credentialId, callerId } = revoked;
  if (delegation && delegation.id === credentialId)
    return (callerId ?? delegation.callerId) === delegation.callerId ? { type: 'delegation_ended' } : undefined;
  const isTheirs = revoked.userId === userId || revoked.userId === delegation?.callerId;
  const isAsked = credentialId === undefined || credentialId === principal.id;
  return isTheirs && isAsked ? { type: 'revoked' } : undefined;
}
