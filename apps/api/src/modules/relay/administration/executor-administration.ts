import { Logger } from '@nestjs/common';
import { DISCONNECT_EXECUTOR_TYPE, ServonautError } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { AdminActor } from '../admin-actor.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import {
  asOffline,
  runOf,
  type Executor,
  type ExecutorRecord,
  type ExecutorState,
} from '../executors/executor-record.ts';
import type { ExecutorRegistry } from '../executors/executor-registry.ts';
import type { RequestSealer } from '../seal/request-sealer.ts';
import type { RelayStrategy } from '../strategies/relay-strategy.ts';
import { usersInOrder } from './users-in-order.ts';

export interface ExecutorAdministrationParts {
  readonly executors: ExecutorRegistry;
  readonly sealer: RequestSealer;
  readonly strategy: RelayStrategy;
  /** How long an executor heeds the word that it is disconnected, in seconds: the start-by deadline of requests. */
  readonly ttlSeconds: number;
  readonly clock?: Clock;
}

export interface ExecutorFilter {
  readonly userId?: string | undefined;
  readonly state?: ExecutorState | undefined;
}

/** Where an executor stands among all. */
export type ExecutorPlace = Pick<ExecutorRecord, 'userId' | 'executorId'>;

/** Users that are looked at for one page. */
const MOST_USERS = 1_000;

/** All executors of all users, for admins. */
export class ExecutorAdministration {
  readonly #parts: ExecutorAdministrationParts;
  readonly #clock: Clock;
  readonly #logger = new Logger(ExecutorAdministration.name);

  constructor(parts: ExecutorAdministrationParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
  }

  /** By user and id, behind that place. `next`: where the next page begins; null when there is none. */
  async list(
    { userId, state }: ExecutorFilter,
    { behind, limit }: { behind: ExecutorPlace | undefined; limit: number },
  ): Promise<{ page: readonly Executor[]; next: ExecutorPlace | null }> {
    const found: Executor[] = [];
    let looked = 0;
    const users = userId === undefined ? usersInOrder(this.#parts.executors, behind?.userId) : [userId];
    for await (const user of users) {
      const own = (await this.#parts.executors.list(user)).toSorted(byId);
      for (const executor of own)
        if ((state ?? executor.presence.state) === executor.presence.state && isBehind(executor, behind))
          found.push(executor);
      if (found.length > limit) return { page: found.slice(0, limit), next: found[limit - 1]?.record ?? null };
      looked += 1;
      if (looked === MOST_USERS) return { page: found, next: { userId: user, executorId: LAST_OF_USER } };
    }
    return { page: found, next: null };
  }

  /** @throws ServonautError `not_found` */
  async get(executorId: string): Promise<Executor> {
    const userId = await this.#parts.executors.userOf(executorId);
    const own = userId === undefined ? [] : await this.#parts.executors.list(userId);
    const found = own.find(({ record }) => record.executorId === executorId);
    if (found) return found;
    throw new ServonautError('not_found', { message: 'There is no executor of this id.' });
  }

  /**
   * Ends this run of the executor, which is told so, and ends with `executor_disconnected`; also of one that is offline, lest it come back. Somebody may
   * start it again.
   * @throws ServonautError `not_found`; `conflict` for one that has no key, and so would only come back
   */
  async disconnect(executorId: string, by: AdminActor): Promise<Executor> {
    const executor = await this.get(executorId);
    if (runOf(executor.record) === null) throw comesBack(executor.record);
    await this.#parts.executors.disconnect(executor.record, by);
    await this.#tell(executor.record);
    return asOffline(executor);
  }

  /** What does not arrive, it hears as the answer to its next heartbeat. */
  async #tell({ userId, executorId, publicKey }: ExecutorRecord): Promise<void> {
    const message = {
      id: uuidv7(),
      user_id: userId,
      type: DISCONNECT_EXECUTOR_TYPE,
      target_server_id: null,
      payload: {},
      created_at: new Date(this.#clock.now()).toISOString(),
      ttl_seconds: this.#parts.ttlSeconds,
      executor_id: executorId,
    };
    const { sealer, strategy } = this.#parts;
    const told = await strategy.publish(userId, sealer.seal(message, executorId, publicKey)).catch(String);
    if (told !== 'taken') this.#logger.warn(`executor ${executorId} was not told that it is disconnected: ${told}`);
  }
}

/** Behind every id, which holds no such sign. */
const LAST_OF_USER = '~';

function byId(a: Executor, b: Executor): number {
  return a.record.executorId < b.record.executorId ? -1 : 1;
}

function isBehind({ record }: Executor, place: ExecutorPlace | undefined): boolean {
  if (!place) return true;
  return record.userId === place.userId ? record.executorId > place.executorId : record.userId > place.userId;
}

function comesBack({ credentialId }: ExecutorRecord): ServonautError {
  return new ServonautError('conflict', {
    message: 'This executor has registered no key, so that it cannot be told from the one that comes back at once.',
    nextStep: `Revoke its token (${credentialId}).`,
  });
}
