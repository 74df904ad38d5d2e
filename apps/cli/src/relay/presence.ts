import { ServonautError, type Heartbeat } from '@servonaut/contracts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { CoordinatorClock } from './coordinator-clock.ts';

export interface PresenceOptions {
  readonly coordinator: Pick<CoordinatorClient, 'heartbeat'>;
  readonly clock: CoordinatorClock;
  readonly running: () => string[];
  /** The coordinator has forgotten this executor. */
  readonly onUnknown: () => void;
  /** Any other failure; the next heartbeat is sent all the same. */
  readonly onError: (error: unknown) => void;
}

/** Tells the coordinator at intervals, and at once when it changes, that this executor is there. */
export class Presence {
  readonly #options: PresenceOptions;
  #executorId = '';
  #state: Heartbeat['state'] = 'online';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** After each registration. The registration itself counts as the first heartbeat. */
  begin(executorId: string, intervalSeconds: number): void {
    this.#executorId = executorId;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#beat(), intervalSeconds * 1_000);
  }

  /** `offline` is the last word. */
  async change(state: Heartbeat['state']): Promise<void> {
    this.#state = state;
    if (state === 'offline') this.stop();
    if (this.#executorId !== '') await this.#beat();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    const { coordinator, clock, running, onUnknown, onError } = this.#options;
    const askedAt = clock.localNow();
    try {
      const heartbeat = { executor_id: this.#executorId, state: this.#state, running: running() };
      clock.learn((await coordinator.heartbeat(heartbeat)).server_time, askedAt);
    } catch (error) {
      if (error instanceof ServonautError && error.code === 'executor_unknown') onUnknown();
      else onError(error);
    }
  }
}
