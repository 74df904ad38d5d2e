import { Logger } from '@nestjs/common';
import { auditChainOf, ServonautError } from '@servonaut/contracts';
import type { AuditChains } from './audit-chains.ts';
import { prepareEvent, type AuditEvent, type PreparedEvent } from './audit-event.ts';
import { ChainQueue, type ChainQueueOptions } from './chain-queue.ts';

export interface AuditTrailOptions extends ChainQueueOptions {
  /** Most events that wait. */
  readonly maxEvents: number;
  /** Most characters of events that wait. */
  readonly maxLength: number;
}

/**
 * Where everything that must not go unnoticed is recorded. Of one chain, what comes while the last is being stored is stored together; chains do
 * not wait for each other. While the database is away nothing new is taken in: who cannot be recorded is not served.
 */
export class AuditTrail {
  readonly #chains: Pick<AuditChains, 'append'>;
  readonly #options: AuditTrailOptions;
  readonly #queues = new Map<string, ChainQueue>();
  readonly #logger = new Logger(AuditTrail.name);
  #events = 0;
  #length = 0;

  constructor(chains: Pick<AuditChains, 'append'>, options: AuditTrailOptions) {
    this.#chains = chains;
    this.#options = options;
  }

  /**
   * Before what may be refused. Resolves when the events are stored, in this order.
   * @param events all of one user
   * @throws ServonautError `audit_unavailable`; whether they are stored after all is not said
   */
  async record(...events: readonly [AuditEvent, ...AuditEvent[]]): Promise<void> {
    this.checkRoom(events[0].userId);
    const prepared = this.#prepare(events);
    await this.#queueOf(prepared[0].chain).store(prepared);
  }

  /**
   * After what has happened already and cannot be refused any more. It is stored soon, and tried again for as long as the process lives; the
   * arrivals before it are what is bounded.
   */
  note(event: AuditEvent): void {
    const prepared = this.#prepare([event]);
    this.#queueOf(prepared[0].chain).storeSoon(prepared);
  }

  /**
   * For whoever goes on while the record of it is being stored.
   * @throws ServonautError `audit_unavailable` when it is known now that it would not be stored
   */
  checkRoom(userId: string | null): void {
    const { maxEvents, maxLength } = this.#options;
    const refusal = this.#queues.get(auditChainOf(userId))?.refusal;
    if (refusal) throw refusal;
    if (this.#events >= maxEvents || this.#length >= maxLength) throw new ServonautError('audit_unavailable');
  }

  /** Resolves when all that waits now is stored, or when it could not be, which is then in the log. */
  async flush(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.flush()));
    if (this.#events > 0) this.#logger.error(`${this.#events} events could not be stored and are lost`);
  }

  #prepare(events: readonly [AuditEvent, ...AuditEvent[]]): [PreparedEvent, ...PreparedEvent[]] {
    const at = new Date();
    const [first, ...rest] = events;
    return [prepareEvent(first, at), ...rest.map((event) => prepareEvent(event, at))];
  }

  #queueOf(chain: string): ChainQueue {
    const queue = this.#queues.get(chain) ?? new ChainQueue(this.#appending(chain), this.#options);
    this.#queues.set(chain, queue);
    return queue;
  }

  #appending(chain: string) {
    return {
      append: (events: readonly PreparedEvent[]) => this.#chains.append(chain, events),
      waits: (events: readonly PreparedEvent[]) => this.#count(events, 1),
      stored: (events: readonly PreparedEvent[]) => this.#count(events, -1),
      idle: () => void this.#queues.delete(chain),
    };
  }

  #count(events: readonly PreparedEvent[], sign: 1 | -1): void {
    this.#events += sign * events.length;
    for (const { text } of events) this.#length += sign * text.length;
  }
}
