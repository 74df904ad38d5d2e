import type { OnModuleDestroy } from '@nestjs/common';
import { Retries } from '../../platform/retries/retries.ts';
import { REVOCATION_ECHO_MS, type Revocation, type Revocations } from '../auth/index.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { PendingStore } from './pending/pending-store.ts';
import type { RequestRecord } from './pending/request-record.ts';
import type { RequestCanceller } from './request-canceller.ts';

/** When to look once more, in milliseconds: a call whose token was checked just before the revocation becomes a request just after. */
const SECOND_LOOK_MS = 1_000;

/** Cancels what is open of whoever lost the right to ask. Each process that hears of a revocation looks at all requests of its user. */
export class RevokedRequests implements OnModuleDestroy {
  readonly #pending: PendingStore;
  readonly #canceller: RequestCanceller;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  readonly #secondLooks = new Set<unknown>();
  readonly #retries = new Retries(RevokedRequests.name);

  constructor(revocations: Revocations, pending: PendingStore, canceller: RequestCanceller, clock = SYSTEM_CLOCK) {
    this.#pending = pending;
    this.#canceller = canceller;
    this.#clock = clock;
    this.#unsubscribe = revocations.subscribe((revocation) => void this.#lookTwice(revocation));
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
    return this.#retries.run(
      `looking for requests of a revoked token of user ${revocation.userId}`,
      until,
      async () => {
        const open = await this.#pending.open(revocation.userId);
        for (const request of open)
          if (isOf(revocation, request)) void this.#canceller.cancel(request, { type: 'revoked' });
      },
    );
  }
}

function isOf({ credentialId }: Revocation, { principal }: RequestRecord): boolean {
  return credentialId === undefined || principal.id === credentialId;
}
