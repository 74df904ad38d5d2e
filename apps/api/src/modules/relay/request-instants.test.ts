import { describe, expect, it } from '@jest/globals';
import type { CommandResult } from '@servonaut/contracts';
import { aCommandResult } from '@servonaut/testkit';
import { requestInstants } from './request-instants.ts';

const OURS = { taken: 1_000.2, published: 1_001.5 };
const ANSWERED = 1_010;

const instants = (timings: CommandResult['timings'], executionTimeMs = 4) =>
  requestInstants(
    { createdAt: 1_000, result: aCommandResult({ execution_time_ms: executionTimeMs, timings }) },
    OURS,
    ANSWERED,
  );

describe('requestInstants', () => {
  it('counts what the executor says from the creation of the request', () => {
    expect(instants({ delivery: 2.5, queue: 0.5 })).toEqual({
      taken: 1_000.2,
      published: 1_001.5,
      received: 1_002.5,
      started: 1_003,
      ended: 1_007,
      answered: 1_010,
    });
  });

  it('takes the hub to have had what the executor has received', () => {
    expect(instants({ delivery: 1, queue: 0.5 })).toMatchObject({
      published: 1_001,
      received: 1_001,
      started: 1_001.5,
    });
  });

  it.each([
    ['behind ours', -5_000, 1_000.2],
    ['ahead of ours', 5_000, 1_010],
  ])('keeps the order when the clock of the executor is %s', (_, delivery, received) => {
    const found = instants({ delivery, queue: 1 });
    expect(found?.received).toBe(received);
    expect(Object.values(found ?? {})).toEqual(Object.values(found ?? {}).toSorted((a, b) => a - b));
  });

  it('says nothing of an executor that does not tell', () => {
    expect(instants(undefined)).toBeUndefined();
    expect(instants({ exec: 4 })).toBeUndefined();
    expect(requestInstants({ createdAt: 1_000, result: null }, OURS, ANSWERED)).toBeUndefined();
  });
});
