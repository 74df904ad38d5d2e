import { Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { userOfChain } from '@servonaut/contracts';
import type { AuditTrail } from './audit-trail.ts';
import type { ChainRetention } from './chain-retention.ts';

const INTERVAL_MS = 6 * 3_600_000;
/** A process that starts has other things to do first. */
const FIRST_MS = 60_000;
const DAY_MS = 86_400_000;

/** Removes what is older than it has to be, a few times a day. */
export class AuditRetention implements OnModuleInit, OnModuleDestroy {
  readonly #chains: ChainRetention;
  readonly #trail: Pick<AuditTrail, 'note'>;
  readonly #days: number;
  readonly #logger = new Logger(AuditRetention.name);
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopping = false;

  /** @param days 0 for ever */
  constructor(chains: ChainRetention, trail: Pick<AuditTrail, 'note'>, days: number) {
    this.#chains = chains;
    this.#trail = trail;
    this.#days = days;
  }

  onModuleInit(): void {
    if (this.#days > 0) this.#runIn(FIRST_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** What it has removed is on record, in the chain of which it was part. */
  async prune(now = Date.now()): Promise<void> {
    const before = new Date(now - this.#days * DAY_MS);
    for await (const pruned of this.#chains.prune(before)) {
      if ('error' in pruned) this.#logger.error(`nothing more is removed of ${pruned.chain}: ${pruned.error.message}`);
      else {
        const { chain, firstSeq: first_seq, lastSeq: last_seq } = pruned;
        const data = { first_seq, last_seq, before: before.toISOString() };
        const actor = { kind: 'coordinator', id: null } as const;
        this.#trail.note({ kind: 'audit.pruned', userId: userOfChain(chain), actor, data });
      }
      if (this.#isStopping) return;
    }
  }

  #runIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.prune()
        .catch((error: Error) => this.#logger.error(`old records could not be removed: ${error.message}`))
        .then(() => (this.#isStopping ? undefined : this.#runIn(INTERVAL_MS)));
    }, ms).unref();
  }
}
