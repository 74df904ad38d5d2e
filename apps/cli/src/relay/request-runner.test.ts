import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { CommandResultInput } from '@servonaut/contracts';
import { Journal } from '../journal/journal.ts';
import { MemoryDisk } from '../journal/testing/memory-disk.ts';
import type { AdmittedRequest } from './admission/request-gate.ts';
import { CoordinatorClock } from './coordinator-clock.ts';
import { RequestRunner } from './request-runner.ts';
import { ResultDelivery } from './result-delivery.ts';

describe('a request', () => {
  let disk: MemoryDisk;
  let journal: Journal;
  let runs: number;
  let acks: string[];
  let results: string[];
  let command: PromiseWithResolvers<void>;
  let taken: PromiseWithResolvers<void>;

  beforeEach(() => {
    jest.useFakeTimers();
    disk = new MemoryDisk();
    journal = new Journal('/state', { disk });
    runs = 0;
    [acks, results] = [[], []];
    [command, taken] = [Promise.withResolvers(), Promise.withResolvers()];
  });

  afterEach(() => {
    jest.useRealTimers();
    journal.close();
  });

  const take = (startsWithinMs = 15_000): string => {
    const report = (): void => undefined;
    const coordinator = {
      ack: async ({ request_id }: { request_id: string }) => void acks.push(request_id),
      progress: async () => undefined,
      result: (body: string) => (results.push(body), taken.promise),
    };
    const delivery = new ResultDelivery({ journal, report, post: coordinator.result, giveUpAfterMs: 3_600_000 });
    const tools = {
      run: async ({ requestId }: { requestId: string }): Promise<CommandResultInput> => {
        runs += 1;
        await command.promise;
        return { request_id: requestId, status: 'success', output: '', execution_time_ms: 1 };
      },
    };
    const clock = new CoordinatorClock();
    const runner = new RequestRunner({ journal, delivery, tools, coordinator, clock, maxRunning: 1, report });
    const request: AdmittedRequest = {
      kind: 'run',
      requestId: randomUUID(),
      executorId: 'e1',
      tool: 'run_command',
      server: 'web-1',
      payload: { command: 'uptime' },
      principal: undefined,
      startBy: Date.now() + startsWithinMs,
      createdAt: Date.now(),
      receivedAt: Date.now(),
    };
    runner.take(request);
    return request.requestId;
  };

  it('is acknowledged when the command still runs after 25 ms', async () => {
    const requestId = take();
    await jest.advanceTimersByTimeAsync(24);
    expect(acks).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(acks).toEqual([requestId]);
  });

  it('is not acknowledged when the result is taken sooner', async () => {
    take();
    command.resolve();
    taken.resolve();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(results).toHaveLength(1);
    expect(acks).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is acknowledged when the command has ended, but its result is not taken yet', async () => {
    const requestId = take();
    command.resolve();
    await jest.advanceTimersByTimeAsync(25);
    expect(results).toHaveLength(1);
    expect(acks).toEqual([requestId]);
  });

  it('is acknowledged sooner close to the start-by deadline, to get there before it', async () => {
    const requestId = take(10);
    await jest.advanceTimersByTimeAsync(5);
    expect(acks).toEqual([requestId]);
  });

  it('is not run when it cannot be recorded, and refused with the reason', async () => {
    disk.writeFails = 'ENOSPC';
    const requestId = take();
    await jest.advanceTimersByTimeAsync(0);
    expect(runs).toBe(0);
    expect(results.map((body) => JSON.parse(body))).toMatchObject([
      {
        request_id: requestId,
        status: 'rejected',
        error_code: 'tool_failed',
        error_message: 'The executor cannot write its journal: its disk is full.',
      },
    ]);
  });
});
