import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { anExecutorToRegister, aToolManifest, TestClock } from '@servonaut/testkit';
import { MAX_EXECUTORS_PER_CREDENTIAL, MAX_EXECUTORS_PER_USER } from './executor-bounds.ts';
import { ExecutorIds } from './executor-ids.ts';
import { MemoryPendingStore } from '../pending/memory-pending-store.ts';
import { aRequestRecord } from '../testing/records.ts';
import { ExecutorRegistry, type PresenceObserver } from './executor-registry.ts';
import { MemoryExecutorStore } from './memory-executor-store.ts';

const INTERVAL = 30_000;
const holder = { userId: '42', credentialId: 'cred-e1' };
const ids = new ExecutorIds(randomBytes(32));
const wanted = { tool: 'run_command', server: 'web-1', principal: {} };

let clock: TestClock;
let pending: MemoryPendingStore;
let store: MemoryExecutorStore;
let registry: ExecutorRegistry;

beforeEach(() => {
  clock = new TestClock();
  const times = {
    now: clock.now,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout as (timer: unknown) => void,
  };
  pending = new MemoryPendingStore({ maxOpenPerUser: 10, retentionMs: 3_600_000, clock: times });
  store = new MemoryExecutorStore();
  registry = new ExecutorRegistry({ store, pending, ids, heartbeatIntervalMs: INTERVAL, clock: times });
});

afterEach(async () => {
  await registry.close();
  await pending.close();
});

const register = async (given = {}) => (await registry.register(holder, anExecutorToRegister(given))).executorId;

async function openRequest(executorId: string, ...events: ('published' | 'acknowledged')[]): Promise<string> {
  const now = clock.now();
  const record = aRequestRecord({ executorId, createdAt: now, ackBy: now + 3_600_000, resultWithinMs: 3_600_000 });
  await pending.create(record);
  for (const type of events) await pending.apply('42', record.requestId, { type });
  return record.requestId;
}

const outcome = async (requestId: string) => (await pending.get('42', requestId))?.outcome;

describe('an executor', () => {
  it('keeps its id when it registers again', async () => {
    const executorId = await register();
    expect(await register({ executor_id: executorId })).toBe(executorId);
    expect(await registry.list('42')).toHaveLength(1);
  });

  it('is refused with a key to which nothing can be encrypted', async () => {
    const public_key = { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) };
    await expect(register({ public_key })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await registry.list('42')).toHaveLength(0);
  });

  it('keeps its id over a restart of the coordinator', async () => {
    const executorId = await register();
    const restarted = new ExecutorRegistry({
      store: new MemoryExecutorStore(),
      pending,
      ids,
      heartbeatIntervalMs: INTERVAL,
    });
    const again = await restarted.register(holder, anExecutorToRegister({ executor_id: executorId }));
    await restarted.close();
    expect(again.executorId).toBe(executorId);
  });

  it('does not choose its id', async () => {
    const chosen = randomUUID();
    expect(await register({ executor_id: chosen })).not.toBe(chosen);
  });

  it('stays online by heartbeats, one of which may be missed', async () => {
    const executorId = await register();
    await clock.advance(2 * INTERVAL);
    expect(await registry.choose('42', wanted)).toMatchObject({ executorId });
    await registry.heartbeat(holder, { executor_id: executorId, state: 'online', running: [] });
    await clock.advance(2 * INTERVAL);
    expect(await registry.choose('42', wanted)).toMatchObject({ executorId });
  });

  it('is offline after two missed heartbeats, and its requests are given up for what they are', async () => {
    const executorId = await register();
    const [waiting, running] = [await openRequest(executorId), await openRequest(executorId, 'acknowledged')];
    const elsewhere = await openRequest(await register({ profile: 'other' }), 'acknowledged');
    await clock.advance(INTERVAL);
    const others = (await registry.list('42')).filter(({ record }) => record.executorId !== executorId);
    for (const { record } of others)
      await registry.heartbeat(holder, { executor_id: record.executorId, state: 'online', running: [] });
    await clock.advance(1.5 * INTERVAL + 5_000);
    expect([await outcome(waiting), await outcome(running), await outcome(elsewhere)]).toEqual([
      'not_delivered',
      'unknown',
      null,
    ]);
  });

  it('is dismissed with its credential, and others of the user are not', async () => {
    const [executorId, other] = [await register(), { ...holder, credentialId: 'cred-e2' }];
    const kept = (await registry.register(other, anExecutorToRegister())).executorId;
    const [waiting, running] = [
      await openRequest(executorId, 'published'),
      await openRequest(executorId, 'acknowledged'),
    ];
    const elsewhere = await openRequest(kept, 'acknowledged');
    await registry.dismiss(holder);
    expect([await outcome(waiting), await outcome(running), await outcome(elsewhere)]).toEqual([
      'not_delivered',
      'unknown',
      null,
    ]);
    expect(await registry.choose('42', wanted)).toMatchObject({ executorId: kept });
    await registry.dismiss({ userId: '42' });
    await expect(registry.choose('42', wanted)).rejects.toMatchObject({ code: 'executor_offline' });
  });

  it('is offline at once when it says so', async () => {
    const executorId = await register();
    await registry.heartbeat(holder, { executor_id: executorId, state: 'offline', running: [] });
    await expect(registry.choose('42', wanted)).rejects.toMatchObject({ code: 'executor_offline' });
    expect(await registry.connectedTools('42')).toEqual([]);
    expect(await registry.connectedServers('42')).toEqual([]);
  });

  it('that is unknown has to register again', async () => {
    const beat = { executor_id: randomUUID(), state: 'online' as const, running: [] };
    await expect(registry.heartbeat(holder, beat)).rejects.toMatchObject({ code: 'executor_unknown' });
  });
});

describe('two executors of one user', () => {
  it('show the servers of both, those of the newer one first, and what each says of one that both have', async () => {
    await register({
      manifest: { tools: [], servers: [{ name: 'web-1', labels: { from: 'older' } }, { name: 'db-1' }] },
    });
    await clock.advance(1);
    await register({ manifest: { tools: [], servers: [{ name: 'web-1', labels: { from: 'newer' } }] } });
    expect(await registry.connectedServers('42')).toEqual([
      { name: 'web-1', labels: { from: 'newer' } },
      { name: 'web-1', labels: { from: 'older' } },
      { name: 'db-1', labels: {} },
    ]);
  });

  it('show the tools of both, each name once, as the newer one describes it', async () => {
    await register({
      manifest: { tools: [aToolManifest({ title: 'Older' }), aToolManifest({ name: 'deploy' })], servers: [] },
    });
    await clock.advance(1);
    await register({ manifest: { tools: [aToolManifest({ title: 'Newer' })], servers: [] } });
    const tools = await registry.connectedTools('42');
    expect(tools.map(({ name, title }) => [name, title])).toEqual([
      ['run_command', 'Newer'],
      ['deploy', expect.any(String)],
    ]);
  });
});

describe('the id of an executor', () => {
  const other = { ...holder, credentialId: 'cred-e2' };
  const [secret, wrong] = ['S'.repeat(43), 'T'.repeat(43)];
  const registerAs = async (by: typeof holder, given = {}) =>
    (await registry.register(by, anExecutorToRegister(given))).executorId;

  it.each([
    ['another user', { ...holder, userId: '43' }, secret],
    ['another credential that does not show its secret', other, undefined],
    ['another credential that shows another secret', other, wrong],
  ])('is not given to %s, not even when the executor is forgotten', async (_, by, shown) => {
    const executor_id = await registerAs(holder, { executor_secret: secret });
    const stolen = { executor_id, ...(shown && { executor_secret: shown }) };
    expect(await registerAs(by, stolen)).not.toBe(executor_id);
    expect(await registry.choose('42', wanted)).toMatchObject({ userId: '42' });
    await store.forget('42', [executor_id]);
    expect(await registerAs(by, stolen)).not.toBe(executor_id);
  });

  it('goes with its secret to another credential of its user, and away from the one before', async () => {
    const executor_id = await registerAs(holder, { executor_secret: secret });
    const beat = { executor_id, state: 'online' as const, running: [] };
    expect(await registerAs(other, { executor_id, executor_secret: secret })).toBe(executor_id);
    await expect(registry.heartbeat(holder, beat)).rejects.toMatchObject({ code: 'executor_unknown' });
    await registry.heartbeat(other, beat);
  });

  it('of an older executor is not given to one that registers', async () => {
    await registry.legacyHeartbeat(holder, { type: 'cli.handshake', client_id: 'laptop' });
    const legacy = (await registry.list('42'))[0]?.record.executorId ?? '';
    expect(await registerAs(holder, { executor_id: legacy })).not.toBe(legacy);
  });
});

describe('executors beyond what is remembered', () => {
  const fill = async (credentialId: string, count: number): Promise<string[]> => {
    const registered: string[] = [];
    for (let i = 0; i < count; i += 1) {
      await clock.advance(1);
      const { executorId } = await registry.register({ ...holder, credentialId }, anExecutorToRegister());
      registered.push(executorId);
    }
    return registered;
  };
  const leave = (executor_id: string, credentialId: string) =>
    registry.heartbeat({ ...holder, credentialId }, { executor_id, state: 'offline', running: [] });
  const remembered = async () => new Set((await registry.list('42')).map(({ record }) => record.executorId));
  const rest = MAX_EXECUTORS_PER_USER - MAX_EXECUTORS_PER_CREDENTIAL;

  it('of a credential take the place of its own offline ones, the longest unseen first, and of nobody else', async () => {
    const [theirs = ''] = await fill('cred-e2', 1);
    await leave(theirs, 'cred-e2');
    const own = await fill('cred-e1', MAX_EXECUTORS_PER_CREDENTIAL);
    await leave(own[3]!, 'cred-e1');
    await clock.advance(1);
    await leave(own[1]!, 'cred-e1');
    await fill('cred-e1', 1);
    const left = await remembered();
    expect([own[3], own[1], own[0], theirs].map((id) => left.has(id!))).toEqual([false, true, true, true]);
  });

  it('of a credential are refused while all of its own are online', async () => {
    const own = await fill('cred-e1', MAX_EXECUTORS_PER_CREDENTIAL);
    const tooMany = { code: 'too_many_requests', facts: { limit: MAX_EXECUTORS_PER_CREDENTIAL } };
    await expect(fill('cred-e1', 1)).rejects.toMatchObject(tooMany);
    await expect(
      registry.legacyHeartbeat(holder, { type: 'cli.handshake', client_id: 'laptop' }),
    ).rejects.toMatchObject(tooMany);
    expect(await remembered()).toEqual(new Set(own));
    await registry.register(holder, anExecutorToRegister({ executor_id: own[0]! }));
    await fill('cred-e2', 1);
  });

  it('of a user are refused while all are online, and otherwise take the place of whoever is gone', async () => {
    await fill('cred-e1', MAX_EXECUTORS_PER_CREDENTIAL);
    const others = await fill('cred-e2', rest);
    const tooMany = { code: 'too_many_requests', facts: { limit: MAX_EXECUTORS_PER_USER } };
    await expect(fill('cred-e3', 1)).rejects.toMatchObject(tooMany);
    await leave(others[5]!, 'cred-e2');
    const [newcomer] = await fill('cred-e3', 1);
    const left = await remembered();
    expect([left.size, left.has(others[5]!), left.has(newcomer!)]).toEqual([MAX_EXECUTORS_PER_USER, false, true]);
  });

  it('do not get in by coming all at once', async () => {
    const coming = Array.from({ length: 2 * MAX_EXECUTORS_PER_CREDENTIAL }, () => fill('cred-e1', 1));
    await Promise.allSettled(coming);
    expect((await remembered()).size).toBeLessThanOrEqual(MAX_EXECUTORS_PER_CREDENTIAL);
  });
});

describe('what comes and goes', () => {
  it('is refused while it could not be recorded, and told of once', async () => {
    const refusal = new ServonautError('audit_unavailable');
    const told: unknown[] = [];
    let isRoom = false;
    const checkRoom = () => {
      if (!isRoom) throw refusal;
    };
    const onPresence: PresenceObserver = (_executor, change) => void told.push('gone' in change ? change.gone : 'come');
    const bounded = new ExecutorRegistry({ store, pending, ids, heartbeatIntervalMs: INTERVAL, checkRoom, onPresence });
    await expect(bounded.register(holder, anExecutorToRegister())).rejects.toBe(refusal);
    const handshake = { type: 'cli.handshake', client_id: 'laptop' } as const;
    await expect(bounded.legacyHeartbeat(holder, handshake)).rejects.toBe(refusal);
    expect([told, await bounded.list('42')]).toEqual([[], []]);
    isRoom = true;
    const { executorId: executor_id } = await bounded.register(holder, anExecutorToRegister());
    for (let count = 0; count < 3; count += 1)
      await bounded.heartbeat(holder, { executor_id, state: 'offline', running: [] });
    expect(told).toEqual(['come', 'left']);
    await bounded.close();
  });
});

describe('older executors of two users with one client id', () => {
  it('are two', async () => {
    const handshake = { type: 'cli.handshake', client_id: 'laptop' } as const;
    await registry.legacyHeartbeat(holder, handshake);
    await registry.legacyHeartbeat({ ...holder, userId: '43' }, handshake);
    const given = await Promise.all(
      ['42', '43'].map(async (user) => (await registry.list(user))[0]?.record.executorId),
    );
    expect(new Set(given).size).toBe(2);
  });
});

describe('where nothing is published in the clear', () => {
  let strict: ExecutorRegistry;
  const outdated = { code: 'executor_outdated', message: expect.stringContaining('key') };
  const handshake = { type: 'cli.handshake', client_id: 'laptop' } as const;

  beforeEach(async () => {
    const lenient = new ExecutorRegistry({ store, pending, ids, heartbeatIntervalMs: INTERVAL });
    await lenient.legacyHeartbeat(holder, handshake);
    await lenient.register(holder, anExecutorToRegister());
    await lenient.close();
    const legacyExecutors = 'refuse';
    strict = new ExecutorRegistry({ store, pending, ids, heartbeatIntervalMs: INTERVAL, legacyExecutors });
  });
  afterEach(() => strict.close());

  it('an executor that does not register, or without a key, is told to upgrade', async () => {
    await expect(strict.legacyHeartbeat(holder, handshake)).rejects.toMatchObject(outdated);
    await expect(strict.register(holder, anExecutorToRegister())).rejects.toMatchObject(outdated);
  });

  it('one that was taken before is sent nothing more, and one with a key is', async () => {
    await expect(strict.choose('42', wanted)).rejects.toMatchObject({ code: 'executor_offline' });
    expect(await strict.connectedTools('42')).toEqual([]);
    const public_key = { kty: 'OKP', crv: 'X25519', x: 'V9tLNZ8jrl4Ubk4lEgVnBHIlBjSMFQwUdT0Mkz0E1CE' } as const;
    const { executorId } = await strict.register(holder, anExecutorToRegister({ public_key }));
    expect(await strict.choose('42', wanted)).toMatchObject({ executorId });
  });
});
