import type { OnModuleDestroy } from '@nestjs/common';
import type { MercureHub } from '@servonaut/mercure';
import { Retries } from '../../../platform/retries/retries.ts';
import { REVOCATION_ECHO_MS, type Revocation, type Revocations } from '../../auth/index.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import { holderOf } from '../strategies/hub-subject.ts';
import type { ExecutorRegistry } from './executor-registry.ts';

/** How long such an executor is still spoken to, in milliseconds: it has to hear what it is to stop. It is let in no more from the first moment. */
const LAST_WORD_MS = 250;

/** Sends away the executors of what has been revoked: each coordinator from its own hub, all from the registry. */
export class RevokedExecutors implements OnModuleDestroy {
  readonly #executors: ExecutorRegistry;
  readonly #hub: MercureHub | null;
  readonly #clock: Clock;
  readonly #leaving = new Set<unknown>();
  readonly #retries = new Retries(RevokedExecutors.name);
  readonly #unsubscribe: () => void;

  /** @param hub the embedded one; null for a hub of its own, which nobody can tell to refuse a token before that ends */
  constructor(revocations: Revocations, executors: ExecutorRegistry, hub: MercureHub | null, clock = SYSTEM_CLOCK) {
    this.#executors = executors;
    this.#hub = hub;
    this.#clock = clock;
    this.#unsubscribe = revocations.subscribe(
      (revocation) => this.#sendAwaySoon(revocation),
      // Whoever is still good comes back by itself.
      () => hub?.dismiss(() => true),
    );
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
    this.#retries.close();
    for (const timer of this.#leaving) this.#clock.clearTimeout(timer);
  }

  #sendAwaySoon(revocation: Revocation): void {
    const timer = this.#clock.setTimeout(() => {
      this.#leaving.delete(timer);
      this.#sendAway(revocation);
    }, LAST_WORD_MS);
    this.#leaving.add(timer);
  }

  #sendAway(revocation: Revocation): void {
    this.#hub?.dismiss((subject) => isMeant(subject, revocation));
    const what = `taking the executors of a revoked token of user ${revocation.userId} from the registry`;
    void this.#retries.run(what, Date.now() + REVOCATION_ECHO_MS, () => this.#executors.dismiss(revocation));
  }
}

function isMeant(subject: string | undefined, { userId, credentialId }: Revocation): boolean {
  const holder = holderOf(subject);
  return holder?.userId === userId && (credentialId ?? holder.credentialId) === holder.credentialId;
}
