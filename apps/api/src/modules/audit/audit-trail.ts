import { Logger } from '@nestjs/common';
import { auditChainOf, ServonautError } from '@servonaut/contracts';
import type { AuditChains } from './audit-chains.ts';
import { prepareEvent, thisMoment, type AuditEvent, type EventMoment, type PreparedEvent } from './audit-event.ts';
import type { AuditJournal } from './audit-journal.ts';
import { ChainQueue, type ChainQueueOptions } from './chain-queue.ts';
import { WaitingEvents } from './waiting-events.ts';

export interface AuditTrailOptions extends Pick<ChainQueueOptions, 'waitMs'> {
  /** Most events that wait, without those of chains that cannot be stored now. */
  readonly maxEvents: number;
  /** Most characters of them. */
  readonly maxLength: number;
}

/** What part of the room one chain may take, so that no user takes that of the others. */
const CHAIN_SHARE = 1 / 4;

type Events = readonly [AuditEvent, ...AuditEvent[]];

/** What came in during this turn of the event loop. */
interface Taken {
  readonly events: Events;
  readonly moment: EventMoment;
  readonly until: 'stored' | 'kept' | 'soon';
  readonly done: PromiseWithResolvers<void>;
}

/** How long what nobody waits for may wait for company, in milliseconds. */
const SOON_MS = 50;
/** The same for what is on disk meanwhile, so that nothing is lost with the process. */
const SOON_ON_DISK_MS = 250;

/**
 * Where everything that must not go unnoticed is recorded. What comes in is looked at in the next turn of the event loop: what it is about goes out
 * first. Of one chain, what comes while the last is being stored is stored together; chains do not wait for each other. While the database is away
 * nothing new is taken in: who cannot be recorded is not served. A chain that cannot be written keeps out nobody but its own user.
 */
export class AuditTrail {
  readonly #chains: Pick<AuditChains, 'append'>;
  readonly #options: AuditTrailOptions;
  readonly #journal: AuditJournal | null;
  readonly #queues = new Map<string, ChainQueue>();
  readonly #logger = new Logger(AuditTrail.name);
  readonly #taken: Taken[] = [];
  #turn: NodeJS.Immediate | null = null;
  readonly #waiting = new WaitingEvents();

  /** @param journal of a coordinator that runs alone: what is in it is stored, though its database takes it a moment later */
  constructor(chains: Pick<AuditChains, 'append'>, options: AuditTrailOptions, journal: AuditJournal | null = null) {
    this.#chains = chains;
    this.#options = options;
    this.#journal = journal;
    for (const event of journal?.left ?? []) this.#queueOf(event.chain).storeSoon([event]);
  }

  /**
   * Before what may be refused. Resolves when the events are in the database, in this order.
   * @param events all of one user
   * @throws ServonautError `audit_unavailable`; whether they are stored after all is not said
   */
  record(...events: Events): Promise<void> {
    return this.#admit(events, 'stored');
  }

  /** The same for what cannot wait for a database: resolves when the events outlive this process. */
  keep(...events: Events): Promise<void> {
    return this.#admit(events, 'kept');
  }

  /**
   * After what has happened already and cannot be refused any more. It is stored soon, and tried again for as long as the process lives. Nothing
   * bounds it but what comes before it, which has to ask for room: calls, executors that register, what people let in.
   */
  note(event: AuditEvent): void {
    const done = this.#take([event], 'soon');
    done.catch((error: Error) => this.#logger.error(`${event.kind} cannot be recorded: ${error.message}`));
  }

  /**
   * For whoever goes on while the record of it is being stored.
   * @throws ServonautError `audit_unavailable` when it is known now that it would not be stored
   */
  checkRoom(userId: string | null): void {
    const { maxEvents: count, maxLength: length } = this.#options;
    const queue = this.#queues.get(auditChainOf(userId));
    if (queue?.refusal) throw queue.refusal;
    const isRoom = this.#waiting.isWithin({ count: count - this.#taken.length, length });
    const isOwnRoom = queue?.own.isWithin({ count: count * CHAIN_SHARE, length: length * CHAIN_SHARE }) ?? true;
    if (!isRoom || !isOwnRoom) throw new ServonautError('audit_unavailable');
  }

  /** Resolves when all that was taken in until now can be read, or when it could not be stored, which is then in the log. */
  async settle(): Promise<void> {
    this.#takeIn();
    await Promise.all([...this.#queues.values()].map((queue) => queue.settle()));
  }

  /** The same, once more and no more: the process stops. */
  async flush(): Promise<void> {
    this.#takeIn();
    const queues = [...this.#queues.values()];
    await Promise.all(queues.map((queue) => queue.flush()));
    const fate = this.#journal ? 'wait for the next start' : 'are lost';
    const left = queues.reduce((sum, { own }) => sum + own.count, 0);
    if (left > 0) this.#logger.error(`${left} events could not be stored and ${fate}`);
  }

  async #admit(events: Events, until: Taken['until']): Promise<void> {
    this.checkRoom(events[0].userId);
    await this.#take(events, until);
  }

  #take(events: Events, until: Taken['until']): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#taken.push({ events, moment: thisMoment(), until, done });
    this.#turn ??= setImmediate(() => this.#takeIn());
    return done.promise;
  }

  #takeIn(): void {
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
    const all = this.#taken.splice(0).flatMap((taken) => {
      const events = prepared(taken);
      return events ? [{ ...taken, events }] : [];
    });
    const isOnDisk = this.#journal?.append(all.flatMap(({ events }) => events)) ?? false;
    for (const { events, until, done } of all)
      this.#enqueue(events, until === 'stored' || (until === 'kept' && !isOnDisk), done);
  }

  #enqueue(events: readonly [PreparedEvent, ...PreparedEvent[]], isAwaited: boolean, done: Taken['done']): void {
    const queue = this.#queueOf(events[0].chain);
    if (isAwaited) return done.resolve(queue.store(events));
    queue.storeSoon(events);
    done.resolve();
  }

  #queueOf(chain: string): ChainQueue {
    const { waitMs } = this.#options;
    const options = { waitMs, soonMs: this.#journal ? SOON_ON_DISK_MS : SOON_MS, all: this.#waiting };
    const queue = this.#queues.get(chain) ?? new ChainQueue(this.#appending(chain), options);
    this.#queues.set(chain, queue);
    return queue;
  }

  #appending(chain: string) {
    return {
      append: (events: readonly PreparedEvent[]) => this.#chains.append(chain, events),
      stored: (events: readonly PreparedEvent[]) => this.#journal?.stored(events),
      idle: () => void this.#queues.delete(chain),
    };
  }
}

/** Undefined for what has no form in a record, which whoever has given it is told. */
function prepared({ events: [first, ...rest], moment, done }: Taken): [PreparedEvent, ...PreparedEvent[]] | undefined {
  try {
    return [prepareEvent(first, moment), ...rest.map((event) => prepareEvent(event, moment))];
  } catch (error) {
    done.reject(error);
    return undefined;
  }
}
