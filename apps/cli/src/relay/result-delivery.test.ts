import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import { waitFor } from '@servonaut/testkit';
import { randomUUID } from 'node:crypto';
import { Journal } from '../journal/journal.ts';
import { MemoryDisk } from '../journal/testing/memory-disk.ts';
import type { RelayEvent } from './relay-event.ts';
import { ResultDelivery } from './result-delivery.ts';

const DAY_MS = 24 * 3_600_000;

describe('a result that the coordinator does not take', () => {
  let journal: Journal;
  let events: RelayEvent[];
  let tries: number;
  let ageMs: number;

  const offer = (code: ErrorCode, giveUpAfterMs = DAY_MS): ResultDelivery => {
    const delivery = new ResultDelivery({
      journal,
      report: (event) => void events.push(event),
      giveUpAfterMs,
      backoff: { baseMs: 1, maxMs: 10 },
      post: () => {
        tries += 1;
        return Promise.reject(new ServonautError(code));
      },
    });
    const [result] = journal.undelivered();
    if (result) void delivery.deliver(result);
    return delivery;
  };

  const dropped = (): string[] => events.flatMap((event) => (event.event === 'result_dropped' ? [event.reason] : []));
  const settled = async (delivery: ResultDelivery) => {
    await delivery.finish(0);
    return { kept: journal.undelivered().length, dropped: dropped() };
  };

  const finished = (): void => {
    const id = randomUUID();
    journal.finish(id, JSON.stringify({ request_id: id, output: '' }));
  };

  beforeEach(() => {
    [events, tries, ageMs] = [[], 0, 0];
    journal = new Journal('/state', { disk: new MemoryDisk(), now: () => Date.now() - ageMs });
  });
  afterEach(() => journal.close());

  it('is offered until its time is over, and then dropped with a word to the operator', async () => {
    finished();
    offer('unavailable', 100);
    await waitFor(() => dropped().length > 0, { what: 'the end of its time' });
    expect(tries).toBeGreaterThan(3);
    expect(journal.undelivered()).toEqual([]);
    expect(dropped()).toEqual([expect.stringMatching(/^It was offered for /)]);
  });

  it('is kept when this process ends before', async () => {
    finished();
    expect(await settled(offer('unavailable'))).toEqual({ kept: 1, dropped: [] });
  });

  it('is kept, and not offered again by this process, while nothing is taken for want of a login', async () => {
    finished();
    expect(await settled(offer('token_revoked'))).toEqual({ kept: 1, dropped: [] });
    expect(tries).toBe(1);
  });

  it('is offered once more when it is found older than that, and then dropped though a login is wanting', async () => {
    ageMs = 2 * DAY_MS;
    finished();
    expect(await settled(offer('token_revoked'))).toEqual({ kept: 0, dropped: [expect.stringContaining('24 h')] });
    expect(tries).toBe(1);
  });

  it('is dropped at once when no later try can end otherwise', async () => {
    finished();
    const { message } = new ServonautError('request_unknown');
    expect(await settled(offer('request_unknown'))).toEqual({ kept: 0, dropped: [message] });
  });
});
