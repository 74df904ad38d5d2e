import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { hash, randomUUID } from 'node:crypto';
import { ServonautError, type CommandAck, type CommandResultInput } from '@servonaut/contracts';
import { Journal } from '../journal/journal.ts';
import { MemoryDisk } from '../journal/testing/memory-disk.ts';
import { MemoryAudit } from '../local-audit/testing/memory-audit.ts';
import type { AdmittedRequest } from './admission/request-gate.ts';
import { CoordinatorClock } from './coordinator-clock.ts';
import { RequestRunner } from './request-runner.ts';
import { ResultDelivery } from './result-delivery.ts';
import type { ToolCall } from './tool-runner.ts';

describe('a request', () => {
  let disk: MemoryDisk;
  let journal: Journal;
  let runs: number;
  let acks: string[];
  let waits: (number | undefined)[];
  let approval: ((onWaiting: ToolCall['onWaiting'], signal: AbortSignal) => Promise<void>) | undefined;
  let ackFails: ServonautError | undefined;
  let runner: RequestRunner;
  let audit: MemoryAudit;
  let results: string[];
  let command: PromiseWithResolvers<void>;
  let taken: PromiseWithResolvers<void>;

  beforeEach(() => {
    jest.useFakeTimers();
    disk = new MemoryDisk();
    journal = new Journal('/state', { disk });
    audit = new MemoryAudit();
    runs = 0;
    [acks, results, waits] = [[], [], []];
    approval = ackFails = undefined;
    [command, taken] = [Promise.withResolvers(), Promise.withResolvers()];
  });

  afterEach(() => {
    jest.useRealTimers();
    journal.close();
  });

  const aRequest = (startsWithinMs = 15_000): AdmittedRequest => ({
    kind: 'run',
    requestId: randomUUID(),
    executorId: 'e1',
    tool: 'run_command',
    server: 'web-1',
    payload: { command: 'uptime' },
    principal: { kind: 'user', id: '42', label: 'ada' },
    startBy: Date.now() + startsWithinMs,
    createdAt: Date.now(),
    receivedAt: Date.now(),
  });

  const take = (startsWithinMs = 15_000): string => {
    const report = (): void => undefined;
    const coordinator = {
      ack: async ({ request_id, awaiting_approval_seconds }: CommandAck) => {
        acks.push(request_id);
        waits.push(awaiting_approval_seconds);
        if (ackFails) throw ackFails;
      },
      progress: async () => undefined,
      result: (body: string) => (results.push(body), taken.promise),
    };
    const delivery = new ResultDelivery({ journal, report, post: coordinator.result, giveUpAfterMs: 3_600_000 });
    const tools = {
      run: async ({ requestId, onStart, onWaiting, signal }: ToolCall): Promise<CommandResultInput> => {
        const ended = { request_id: requestId, output: '', execution_time_ms: 1 };
        try {
          await approval?.(onWaiting, signal);
          onStart?.();
        } catch (error) {
          const { code: error_code, message: error_message } = error as ServonautError;
          return { ...ended, status: 'rejected', error_code, error_message };
        }
        runs += 1;
        await command.promise;
        return { ...ended, status: 'success' };
      },
    };
    const clock = new CoordinatorClock();
    runner = new RequestRunner({
      journal,
      delivery,
      audit: audit.calls,
      tools,
      coordinator,
      clock,
      maxRunning: 1,
      report,
    });
    const request = aRequest(startsWithinMs);
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

  it('is recorded with the digest of its result, which carries the hash of that', async () => {
    take();
    command.resolve();
    await jest.advanceTimersByTimeAsync(0);
    const { audit_hash, ...result } = JSON.parse(results[0] ?? '');
    const body = JSON.stringify(result);
    expect(audit_hash).toMatch(/^[\w-]{43}$/);
    const facts = { principal: { kind: 'user', id: '42', label: 'ada' }, tool: 'run_command', server: 'web-1' };
    const digest = { sha256: hash('sha256', body, 'base64url'), bytes: body.length };
    const data = { ...facts, executor_id: 'e1', status: 'success', error_code: null, exit_code: null, result: digest };
    expect(audit.events).toEqual([{ kind: 'call.ended', requestId: result.request_id, data }]);
  });

  it('is recorded with what was asked also when it is refused before it is looked at', async () => {
    take();
    await jest.advanceTimersByTimeAsync(0);
    void runner.drain(1_000);
    const request = aRequest();
    runner.take(request);
    await jest.advanceTimersByTimeAsync(0);
    expect(audit.events).toMatchObject([
      {
        kind: 'call.decided',
        requestId: request.requestId,
        data: { tool: 'run_command', arguments: { shown: '{"command":"uptime"}' }, refused: 'executor_draining' },
      },
      { kind: 'call.ended', requestId: request.requestId, data: { error_code: 'executor_draining' } },
    ]);
    command.resolve();
  });

  it('has its result told when that can no longer be recorded', async () => {
    audit.isFull = true;
    take();
    command.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(JSON.parse(results[0] ?? '')).toEqual(expect.not.objectContaining({ audit_hash: expect.anything() }));
    expect(audit.warnings).toEqual([expect.stringContaining('not recorded')]);
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

  describe('that waits for the operator', () => {
    let answered: PromiseWithResolvers<void>;
    const lastResult = (): unknown => JSON.parse(results.at(-1) ?? 'null');

    beforeEach(() => {
      answered = Promise.withResolvers();
      approval = async (onWaiting, signal) => {
        signal.addEventListener('abort', () => answered.reject(signal.reason as Error));
        onWaiting?.(Date.now() + 600_000);
        await answered.promise;
        onWaiting?.(undefined);
      };
    });

    it('says so at once and for how long, and says that it runs once it does', async () => {
      const requestId = take();
      await jest.advanceTimersByTimeAsync(1);
      expect([acks, waits]).toEqual([[requestId], [600]]);
      await jest.advanceTimersByTimeAsync(300_000);
      expect(runs).toBe(0);
      answered.resolve();
      await jest.advanceTimersByTimeAsync(1);
      expect([runs, waits]).toEqual([1, [600, undefined]]);
    });

    it.each([
      ['ends', 60_000, 59_999],
      ['has ended on the way', -1, 0],
    ])('waits no longer when the right to ask for it %s', async (_, leftMs, waitsMs) => {
      take();
      answered.reject(new ServonautError('approval_declined'));
      await jest.advanceTimersByTimeAsync(1);
      answered = Promise.withResolvers();
      const request = aRequest();
      const expires_at = new Date(Date.now() + leftMs).toISOString();
      runner.take({ ...request, principal: { ...request.principal, expires_at } });
      await jest.advanceTimersByTimeAsync(waitsMs);
      expect(results).toHaveLength(waitsMs > 0 ? 1 : 2);
      await jest.advanceTimersByTimeAsync(1);
      expect([runs, lastResult()]).toMatchObject([0, { status: 'rejected', error_code: 'request_cancelled' }]);
    });

    it.each([
      ['in a year', 365 * 86_400_000],
      ['once it runs', 60_000],
    ])('goes on when that right ends %s', async (_, leftMs) => {
      take();
      answered.reject(new ServonautError('approval_declined'));
      await jest.advanceTimersByTimeAsync(1);
      answered = Promise.withResolvers();
      const request = aRequest();
      const expires_at = new Date(Date.now() + leftMs).toISOString();
      runner.take({ ...request, principal: { ...request.principal, expires_at } });
      await jest.advanceTimersByTimeAsync(30_000);
      answered.resolve();
      command.resolve();
      await jest.advanceTimersByTimeAsync(120_000);
      expect([runs, lastResult()]).toMatchObject([1, { status: 'success' }]);
    });

    it('is in the journal only when it runs', async () => {
      const requestId = take();
      await jest.advanceTimersByTimeAsync(1);
      expect(journal.knows(requestId)).toBe(false);
      answered.resolve();
      await jest.advanceTimersByTimeAsync(1);
      expect(journal.knows(requestId)).toBe(true);
    });

    it('leaves its place to others, and needs none when it is approved', async () => {
      take();
      await jest.advanceTimersByTimeAsync(1);
      approval = undefined;
      runner.take(aRequest());
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(1);
      answered.resolve();
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(2);
      runner.take(aRequest());
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(2);
      command.resolve();
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(3);
    });

    it.each([
      [
        'request_cancelled',
        (requestId: string) => runner.take({ kind: 'cancel', requestId, startBy: Date.now() + 1_000 }),
      ],
      ['executor_draining', () => void runner.drain(1_000)],
    ])('waits no longer after %s, and is refused', async (code, end) => {
      const requestId = take();
      await jest.advanceTimersByTimeAsync(1);
      end(requestId);
      await jest.advanceTimersByTimeAsync(1);
      expect(runs).toBe(0);
      expect(lastResult()).toMatchObject({ request_id: requestId, status: 'rejected', error_code: code });
    });

    it('is refused when the coordinator has not taken by the start-by deadline that it waits', async () => {
      ackFails = new ServonautError('coordinator_unreachable');
      take(0);
      await jest.advanceTimersByTimeAsync(1);
      expect(lastResult()).toMatchObject({ status: 'rejected', error_code: 'request_expired' });
    });

    it('is refused when the coordinator says that nobody waits any more', async () => {
      ackFails = new ServonautError('request_cancelled');
      take();
      await jest.advanceTimersByTimeAsync(1);
      expect(lastResult()).toMatchObject({ status: 'rejected', error_code: 'request_cancelled' });
    });
  });
});
