import { describe, expect, it } from '@jest/globals';
import type { CommandResultInput } from '@servonaut/contracts';
import type { ServerResult, WantedServers } from '@servonaut/plugin-sdk';
import type { ToolCall } from '../relay/tool-runner.ts';
import { CallsByHand } from './calls-by-hand.ts';

type Ending = Pick<CommandResultInput, 'status'> & Partial<CommandResultInput>;

/** Runs nothing, and ends every call as `ends` says. */
function byHand(ends: (call: ToolCall) => Ending | Promise<Ending>, stop = new AbortController()) {
  const calls: ToolCall[] = [];
  const run = async (call: ToolCall): Promise<CommandResultInput> => {
    calls.push(call);
    return { request_id: call.requestId, output: '', execution_time_ms: 1, ...(await ends(call)) };
  };
  const recordEnd = (_call: unknown, _facts: unknown, body: string): string =>
    `${body.slice(0, -1)},"audit_hash":"${'h'.repeat(43)}"}`;
  const asked = { tool: 'run_command', payload: { command: 'id' }, signal: stop.signal, timeoutMs: 1_000 };
  return { calls, service: new CallsByHand({ tools: { run }, audit: { recordEnd } }, asked) };
}

function several(atOnce: number, stopsOnError = false, onEnd: (end: ServerResult) => void = () => {}): WantedServers {
  return { kind: 'several', terms: [], pace: { atOnce, stopsOnError }, onEnd };
}

const SERVERS = ['web-1', 'web-2', 'web-3'];

describe('calls by hand', () => {
  it('are one for each server, each with an id and a record of its own, in the order of the servers', async () => {
    const { calls, service } = byHand(() => ({ status: 'success' }));
    const ends = await service.on(SERVERS, several(128));
    expect(ends.map(({ server }) => server)).toEqual(SERVERS);
    expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(3);
    expect(ends.map(({ result }) => result.audit_hash)).toEqual(SERVERS.map(() => 'h'.repeat(43)));
    expect(calls).toMatchObject(
      SERVERS.map((server) => ({ server, principal: undefined, raw: true, timeoutMs: 1_000 })),
    );
  });

  it('run on so many at once, and tell of each when it has ended', async () => {
    let [running, most] = [0, 0];
    const { service } = byHand(async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return { status: 'success' };
    });
    const told: (string | null)[] = [];
    await service.on(
      SERVERS,
      several(2, false, ({ server }) => told.push(server)),
    );
    expect([most, told.length]).toEqual([2, 3]);
  });

  it.each<[string, Ending]>([
    ['exits with another code than 0', { status: 'error', exit_code: 1 }],
    ['could not be run', { status: 'rejected', error_code: 'policy_denied' }],
  ])('are begun on no other server after one that %s, where that is wanted', async (_what, failure) => {
    const { calls, service } = byHand(({ server }) => (server === 'web-2' ? failure : { status: 'success' }));
    const told: ServerResult[] = [];
    const ends = await service.on(
      SERVERS,
      several(1, true, (end) => told.push(end)),
    );
    expect(calls.map(({ server }) => server)).toEqual(['web-1', 'web-2']);
    expect(ends[2]).toMatchObject({
      server: 'web-3',
      result: { status: 'rejected', error_code: 'request_cancelled' },
      notBegun: { facts: { not_begun: true, after: 'web-2' } },
    });
    expect(told).toEqual(ends);
  });

  it('are begun on no other server once the operator has stopped them', async () => {
    const stop = new AbortController();
    const { calls, service } = byHand(() => {
      stop.abort();
      return { status: 'error', error_code: 'request_cancelled' };
    }, stop);
    await service.on(SERVERS, several(1));
    expect(calls).toHaveLength(1);
  });

  it('are one for a tool that takes no server', async () => {
    const { calls, service } = byHand(() => ({ status: 'success' }));
    expect(await service.on([], { kind: 'none' })).toMatchObject([{ server: null }]);
    expect(calls).toMatchObject([{ server: null }]);
  });
});
