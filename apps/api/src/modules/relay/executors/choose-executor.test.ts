import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { anExecutorRecord, aPresence, aTool } from '../testing/records.ts';
import { chooseExecutor, type Wanted } from './choose-executor.ts';
import type { Executor, ExecutorPresence, ExecutorRecord } from './executor-record.ts';

const NOW = 100_000;
const INTERVAL = 30_000;
const wanted: Wanted = { tool: 'run_command', server: 'web-1', principal: {} };

const executor = (record: Partial<ExecutorRecord> = {}, presence: Partial<ExecutorPresence> = {}): Executor => ({
  record: anExecutorRecord(record),
  presence: aPresence({ lastSeenAt: NOW, ...presence }),
});

const withServers = (...names: string[]): ExecutorRecord['manifest'] => ({
  tools: [aTool('run_command')],
  servers: names.map((name) => ({ name, labels: {} })),
});

const choose = (executors: Executor[], call = wanted) => chooseExecutor(executors, call, NOW, INTERVAL);

function refusal(executors: Executor[], call = wanted): ServonautError {
  try {
    choose(executors, call);
  } catch (error) {
    if (error instanceof ServonautError) return error;
  }
  throw new Error('nothing was refused');
}

describe('the choice of an executor', () => {
  it('falls on the one that has the server', () => {
    const here = executor({ manifest: withServers('web-1') });
    expect(choose([executor({ manifest: withServers('web-2') }), here])).toBe(here);
  });

  it('falls on the most recently registered of equals', () => {
    const newer = executor({ registeredAt: 2 });
    expect(choose([executor({ registeredAt: 1 }), newer])).toBe(newer);
  });

  it('falls on an older executor only when no other names the server', () => {
    const [legacy, named] = [executor({ manifest: null, registeredAt: 9 }), executor({ registeredAt: 1 })];
    expect(choose([legacy, named])).toBe(named);
    expect(choose([legacy, named], { ...wanted, server: 'elsewhere' })).toBe(legacy);
  });

  it('falls on an older executor for no server that one has which is there', () => {
    const [legacy, named] = [executor({ manifest: null, registeredAt: 9 }), executor({ registeredAt: 1 })];
    expect(choose([legacy, named], { ...wanted, server: null })).toBe(named);
    const gone = executor({ registeredAt: 1 }, { state: 'offline' });
    expect(choose([legacy, gone, named])).toBe(named);
  });

  it('says that nobody was ever connected', () => {
    expect(refusal([])).toMatchObject({ code: 'executor_offline', facts: { last_seen_at: null, profile: null } });
  });

  it.each([
    ['said goodbye', executor({}, { state: 'offline', lastSeenAt: NOW - 1_000 }), NOW - 1_000],
    ['missed two heartbeats', executor({}, { lastSeenAt: NOW - 2.5 * INTERVAL - 1 }), NOW - 2.5 * INTERVAL - 1],
  ])('says when the last one was seen that %s, and what to start', (_, gone, seen) => {
    const error = refusal([executor({ profile: 'old' }, { state: 'offline', lastSeenAt: 1 }), gone]);
    expect(error.facts).toEqual({ last_seen_at: new Date(seen).toISOString(), profile: 'prod' });
    expect(error.message).toContain('"prod"');
    expect(error.nextStep).toContain('servonaut connect --profile prod');
  });

  it('passes over one that is shutting down', () => {
    expect(refusal([executor({}, { state: 'draining' })]).code).toBe('executor_draining');
  });

  it('says that nobody has the tool', () => {
    expect(refusal([executor()], { ...wanted, tool: 'deploy' })).toMatchObject({ code: 'unknown_tool' });
  });

  it('names the servers that may have been meant', () => {
    const error = refusal([executor({ manifest: withServers('web-11', 'db-1', 'WEB-2', 'web-1.example') })]);
    expect(error.code).toBe('unknown_server');
    expect(error.message).toContain('Did you mean "web-1.example" or "web-11" or "WEB-2"?');
    expect(error.facts).toMatchObject({ servers_total: 4 });
  });

  it.each([
    ['by its one list', { servers: ['web-*', 'none'] }],
    ['by one of its lists', { servers: ['w*'], within: [['db-1', 'web-*']] }],
    ['by their labels', { servers: ['label:name=web-*'] }],
  ])('names no server that the principal may not know of %s', (_which, principal) => {
    const manifest = {
      tools: [aTool('run_command')],
      servers: ['web-2', 'web-3', 'wab-1', 'db-1'].map((name) => ({ name, labels: { name } })),
    };
    const error = refusal([executor({ manifest })], { ...wanted, principal });
    expect(error.facts).toEqual({
      server: 'web-1',
      near: ['web-2', 'web-3'],
      servers: ['web-2', 'web-3'],
      servers_total: 2,
    });
    expect(JSON.stringify([error.message, error.nextStep])).not.toMatch(/wab-1|db-1/);
  });

  it('lists no more servers than a reader wants', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `db-${index}`);
    const error = refusal([executor({ manifest: withServers(...names) })]);
    expect(error.facts['servers']).toHaveLength(20);
    expect(error.facts['servers_total']).toBe(2_000);
  });
});
