import { ServonautError } from '@servonaut/contracts';
import type { AdminActor } from '../admin-actor.ts';
import { comparePlaces, isBehind, type PendingStore, type RequestPlace } from '../pending/pending-store.ts';
import type { RequestRecord } from '../pending/request-record.ts';
import type { RequestCanceller } from '../request-canceller.ts';
import { pagesOfUsers, usersInOrder } from './users-in-order.ts';

export interface RequestFilter {
  readonly userId?: string | undefined;
  readonly state?: 'open' | 'finished' | undefined;
  readonly tool?: string | undefined;
  readonly server?: string | undefined;
}

/** Where a request stands among all. */
export type RequestListPlace = RequestPlace & Pick<RequestRecord, 'userId'>;

interface Page {
  readonly behind: RequestListPlace | undefined;
  readonly limit: number;
}

/** A record that was read, or null for the end of a user's. */
interface Step {
  readonly place: RequestListPlace;
  readonly record: RequestRecord | null;
}

/** Steps for one page. */
const MOST_STEPS = 2_000;
const READ_AT_ONCE = 100;

/** All requests of all users that are kept, for admins. */
export class RequestAdministration {
  readonly #pending: PendingStore;
  readonly #canceller: RequestCanceller;

  constructor(pending: PendingStore, canceller: RequestCanceller) {
    this.#pending = pending;
    this.#canceller = canceller;
  }

  /** By user, and of each the latest first, behind that place. `next`: where the next page begins; null when there is none. */
  async list(
    filter: RequestFilter,
    { behind, limit }: Page,
  ): Promise<{ page: readonly RequestRecord[]; next: RequestListPlace | null }> {
    const found: RequestRecord[] = [];
    let steps = 0;
    for await (const { place, record } of this.#inOrder(filter, behind)) {
      const isWanted = record !== null && fits(filter, record);
      if (isWanted && found.length === limit) return { page: found, next: found.at(-1) ?? null };
      if (isWanted) found.push(record);
      steps += 1;
      if (steps === MOST_STEPS) return { page: found, next: place };
    }
    return { page: found, next: null };
  }

  /** Nothing tells whose it is, so that all users are asked, many at once. @throws ServonautError `not_found` */
  async get(requestId: string): Promise<RequestRecord> {
    for await (const users of pagesOfUsers(this.#pending)) {
      const records = await Promise.all(users.map((userId) => this.#pending.get(userId, requestId)));
      const found = records.find((record) => record !== undefined);
      if (found) return found;
    }
    throw new ServonautError('not_found', { message: 'There is no request of this id, or it is kept no more.' });
  }

  /** As if its agent had cancelled it. @throws ServonautError `not_found`, `request_finished` */
  async cancel(requestId: string, by: AdminActor): Promise<RequestRecord> {
    const record = await this.get(requestId);
    if (record.state === 'finished') throw new ServonautError('request_finished');
    await this.#canceller.cancel(record, { type: 'cancelled', by });
    return (await this.#pending.get(record.userId, requestId)) ?? record;
  }

  async *#inOrder({ userId, state }: RequestFilter, behind: RequestListPlace | undefined): AsyncGenerator<Step, void> {
    const users = userId === undefined ? usersInOrder(this.#pending, behind?.userId) : [userId];
    for await (const user of users) {
      const records = this.#ofUser(user, state, behind?.userId === user ? behind : undefined);
      for await (const record of records) yield { place: record, record };
      yield { place: { userId: user, ...LAST_OF_USER }, record: null };
    }
  }

  async *#ofUser(
    userId: string,
    state: RequestFilter['state'],
    behind: RequestPlace | undefined,
  ): AsyncGenerator<RequestRecord, void> {
    if (state === 'open') {
      const open = (await this.#pending.open(userId)).toSorted(comparePlaces);
      return yield* open.filter((record) => !behind || isBehind(record, behind));
    }
    for (let last = behind; ;) {
      const page = await this.#pending.kept(userId, { limit: READ_AT_ONCE, ...(last && { behind: last }) });
      yield* page;
      if (page.length < READ_AT_ONCE) return;
      last = page.at(-1);
    }
  }
}

const LAST_OF_USER: RequestPlace = { createdAt: 0, requestId: '' };

function fits({ state, tool, server }: RequestFilter, record: RequestRecord): boolean {
  if (state === 'finished' && record.state !== 'finished') return false;
  return (tool ?? record.tool) === record.tool && (server ?? record.server) === record.server;
}
