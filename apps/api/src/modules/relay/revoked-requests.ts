import { Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Revocation, Revocations } from '../auth/index.ts';
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
  readonly #logger = new Logger(RevokedRequests.name);

  constructor(revocations: Revocations, pending: PendingStore, canceller: RequestCanceller, clock = SYSTEM_CLOCK) {
    this.#pending = pending;
    this.#canceller = canceller;
    this.#clock = clock;
    this.#unsubscribe = revocations.subscribe((revocation) => this.#lookTwice(revocation));
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
    for (const timer of this.#secondLooks) this.#clock.clearTimeout(timer);
  }

  #lookTwice(revocation: Revocation): void {
    const timer = this.#clock.setTimeout(() => {
      this.#secondLooks.delete(timer);
      void this.#cancelAll(revocation);
    }, SECOND_LOOK_MS);
    this.#secondLooks.add(timer);
    void this.#cancelAll(revocation);
  }

  async #cancelAll(revocation: Revocation): Promise<void> {
    try {
      const open = await this.#pending.open(revocation.userId);
      const revoked = open.filter((request) => isOf(revocation, request));
      await Promise.all(revoked.map((request) => this.#cancel(request)));
    } catch (error) {
      this.#logger.error(`requests of a revoked token may go on: ${(error as Error).message}`);
    }
  }

  /** One that cannot be cancelled must not keep the others. */
  async #cancel(request: RequestRecord): Promise<void> {
    try {
      await this.#canceller.cancel(request, { type: 'revoked' });
    } catch (error) {
      this.#logger.error(`request ${request.requestId} of a revoked token may go on: ${(error as Error).message}`);
    }
  }
}

function isOf({ credentialId }: Revocation, { principal }: RequestRecord): boolean {
  return credentialId === undefined || principal.id === credentialId;
}
