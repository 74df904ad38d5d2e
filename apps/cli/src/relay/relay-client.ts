import { ServonautError, type ErrorCode, type ExecutorRegistration } from '@servonaut/contracts';
import { subscribe, type StateInfo, type Subscription, type SubscriptionState } from '@servonaut/mercure';
import type { PayloadKey } from './admission/payload-encryption.ts';
import { RequestGate } from './admission/request-gate.ts';
import type { PinnedKeys } from './admission/seal.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { CoordinatorClock } from './coordinator-clock.ts';
import { Presence } from './presence.ts';
import type { Registrar } from './registrar.ts';
import type { Report } from './relay-event.ts';
import type { RequestRunner } from './request-runner.ts';
import type { ResultDelivery } from './result-delivery.ts';
import { retry } from './retry.ts';

export interface RelayClientOptions {
  readonly coordinator: CoordinatorClient;
  readonly registrar: Registrar;
  readonly runner: RequestRunner;
  readonly delivery: ResultDelivery;
  readonly keys: PinnedKeys;
  readonly payloadKey: PayloadKey;
  readonly clock: CoordinatorClock;
  readonly report: Report;
  /** Full-jitter back-off of registrations and of the stream. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** What only the operator can mend; trying again would go on for ever. */
const FATAL: readonly ErrorCode[] = [
  'unauthenticated',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'signed_out',
  'insufficient_scope',
  'not_entitled',
  'executor_disconnected',
  'coordinator_key_changed',
  'invalid_request',
];

/** Longest time for results to be taken after the last request has ended, in milliseconds. What is left is offered at the next start. */
export const LAST_RESULTS_MS = 5_000;

function isFatal(error: unknown): boolean {
  return !(error instanceof ServonautError) || FATAL.includes(error.code);
}

/** With what to do about it, where waiting alone does not help. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ServonautError)) return String(error);
  return error.retryable ? error.message : `${error.message} ${error.nextStep}`;
}

/** The executor's side of the relay: stays registered and subscribed, whatever restarts, until it is drained. */
export class RelayClient {
  readonly #options: RelayClientOptions & { readonly backoff: { baseMs: number; maxMs: number } };
  readonly #presence: Presence;
  readonly #end = Promise.withResolvers<void>();
  readonly #ending = new AbortController();
  #registration: ExecutorRegistration | undefined;
  /** Whether the registration's token has not been used yet: the first stream needs no second registration. */
  #tokenIsFresh = false;
  #subscription: Subscription | undefined;
  #gate: RequestGate | undefined;

  constructor(options: RelayClientOptions) {
    this.#options = { backoff: { baseMs: 500, maxMs: 30_000 }, ...options };
    const { coordinator, clock, runner } = options;
    this.#presence = new Presence({
      coordinator,
      clock,
      running: () => runner.running(),
      onUnknown: () => void this.#register().catch((error: unknown) => this.#failIfFatal(error)),
      onError: (error) => this.#failIfFatal(error),
    });
    this.#end.promise.catch(() => this.#presence.stop());
  }

  /**
   * Resolves when `drain` has ended.
   * @throws ServonautError when only the operator can help: a token that is no longer good, a key that changed
   */
  async run(): Promise<void> {
    this.#options.report({ event: 'connecting' });
    try {
      await this.#registerUntilTaken();
      this.#tokenIsFresh = true;
      if (!this.#ending.signal.aborted) {
        this.#options.delivery.deliverLeft();
        this.#subscribe();
      }
      await this.#end.promise;
    } finally {
      this.#presence.stop();
      this.#subscription?.close();
    }
  }

  /** Takes no new requests, lets running ones end within `graceMs`, brings their results away and says goodbye. */
  async drain(graceMs: number): Promise<void> {
    const { runner, delivery, report } = this.#options;
    this.#ending.abort();
    report({ event: 'draining', running: runner.running().length });
    const said = this.#presence.change('draining');
    await runner.drain(graceMs);
    await said;
    await delivery.finish(LAST_RESULTS_MS);
    this.#subscription?.close();
    await this.#presence.change('offline');
    this.#end.resolve();
  }

  async #registerUntilTaken(): Promise<void> {
    const { report, backoff } = this.#options;
    const onRetry = (error: unknown, retryInMs: number): void =>
      report({ event: 'waiting', retryInMs, reason: reasonOf(error) });
    const signal = this.#ending.signal;
    const options = { ...backoff, isFinal: isFatal, giveUpAt: Infinity, onRetry, signal };
    await retry(() => this.#register(), options).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #register(): Promise<ExecutorRegistration> {
    const registration = await this.#options.registrar.register();
    const moved =
      this.#registration?.hub_url !== registration.hub_url || this.#registration.topic !== registration.topic;
    if (!this.#registration) this.#options.runner.thereSince(Date.parse(registration.server_time));
    this.#registration = registration;
    const { keys, payloadKey, clock } = this.#options;
    const self = { userId: registration.user_id, executorId: registration.executor_id };
    this.#gate = new RequestGate({ keys, payloadKey, self, clock });
    this.#presence.begin(registration.executor_id, registration.heartbeat_interval_seconds);
    if (moved && this.#subscription) this.#moveHub();
    return registration;
  }

  /** The coordinator has given this user another hub. */
  #moveHub(): void {
    this.#subscription?.close();
    this.#tokenIsFresh = true;
    this.#subscribe();
  }

  #subscribe(): void {
    const registration = this.#registration;
    if (!registration) return;
    const subscription = subscribe({
      hubUrl: registration.hub_url,
      hubProtocol: registration.hub_protocol,
      topics: [registration.topic],
      backoff: this.#options.backoff,
      token: () => this.#freshToken(),
      onUpdate: ({ data }) => this.#receive(data),
      onOpen: () => void this.#caughtUp(),
      onState: (state, info) => this.#onState(state, info),
    });
    subscription.closed.catch((error: unknown) => this.#end.reject(error));
    this.#subscription = subscription;
  }

  async #freshToken(): Promise<string> {
    if (this.#tokenIsFresh && this.#registration) {
      this.#tokenIsFresh = false;
      return this.#registration.subscriber_token;
    }
    return (await this.#register()).subscriber_token;
  }

  #onState(state: SubscriptionState, { error, retryInMs }: StateInfo): void {
    const { report } = this.#options;
    if (state === 'open') report({ event: 'connected' });
    if (state !== 'waiting') return;
    const cause = error?.kind === 'token' ? error.cause : undefined;
    if (cause !== undefined && isFatal(cause)) return this.#end.reject(cause);
    report({
      event: 'waiting',
      retryInMs: retryInMs ?? 0,
      reason: cause instanceof Error ? reasonOf(cause) : error?.message,
    });
  }

  #receive(data: string): void {
    let message: unknown;
    try {
      message = JSON.parse(data);
    } catch {
      return this.#options.report({ event: 'warning', message: 'The hub sent something that is not JSON.' });
    }
    this.#admit(message);
  }

  /** Whatever a message does to the gate, it must not end the executor: the hub writes messages, too. */
  #admit(message: unknown): void {
    const { runner, report } = this.#options;
    try {
      const admission = this.#gate?.admit(message);
      if (admission?.kind === 'disconnection') this.#end.reject(new ServonautError('executor_disconnected'));
      else if (admission) runner.take(admission);
      else report({ event: 'warning', message: 'The hub sent something that is not a request.' });
    } catch (error) {
      report({ event: 'warning', message: `A message could not be taken: ${String(error)}` });
    }
  }

  /** Replay by the hub is not to be relied on, so whatever is open is asked for; and results that wait have a coordinator again. */
  async #caughtUp(): Promise<void> {
    const { coordinator, delivery } = this.#options;
    delivery.retryNow();
    try {
      const open = await coordinator.openRequests(this.#registration?.executor_id ?? '');
      for (const message of open) this.#admit(message);
    } catch (error) {
      this.#failIfFatal(error);
    }
  }

  #failIfFatal(error: unknown): void {
    if (isFatal(error)) this.#end.reject(error);
    else this.#options.report({ event: 'warning', message: reasonOf(error) });
  }
}
