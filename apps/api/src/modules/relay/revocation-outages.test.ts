import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EXECUTOR_PATHS, ServonautError } from '@servonaut/contracts';
import { aCommandResult, anExecutorToRegister, startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { deriveKeys, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import { CredentialService, Revocations } from '../auth/index.ts';
import { ExecutorRegistry } from './executors/executor-registry.ts';
import { PendingStore } from './pending/pending-store.ts';
import type { RelayCall } from './relay-call.ts';
import { Relay } from './relay.ts';
import type { PublishOutcome, RelayStrategy } from './strategies/relay-strategy.ts';
import { startRelayApp, type RelayApp } from './testing/relay-app.ts';
import { startRelayNode, type RelayNode, type RelayNodeOptions } from './testing/relay-node.ts';
import { TestExecutor } from './testing/test-executor.ts';

Logger.overrideLogger(false);

const call: RelayCall = {
  userId: '42',
  principal: { kind: 'credential', id: 'cred-1', label: 'ci-bot' },
  tool: 'run_command',
  server: 'web-1',
  payload: { command: 'sleep 600' },
  timeoutSeconds: 600,
};
const holder = { userId: '42', credentialId: 'cred-e1' };
const revocation = { userId: '42', credentialId: 'cred-1' };
const revoked = { outcome: 'cancelled', error: { code: 'token_revoked' } };

let keys: CoordinatorKeys;
const cleanups: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  keys = await deriveKeys(randomBytes(32));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}, 30_000);

async function startNode(options: Partial<RelayNodeOptions> = {}): Promise<RelayNode> {
  const node = await startRelayNode({ keys, ...options });
  cleanups.push(() => node.close());
  return node;
}

/** A request that its executor has started, and the end of it. */
async function startedRequest(node: RelayNode, listensAt = node.strategy.hub) {
  const executor = await TestExecutor.listen(listensAt);
  cleanups.push(() => executor.close());
  await node.executors.register(holder, executor.registration);
  const answer = node.relay.dispatch(call);
  const { id } = await executor.next();
  await node.reports.acknowledge(holder, { request_id: id });
  const told = async () => (await executor.unseal(await executor.next(), keys.sealPublicJwk)).payload;
  return { id, answer, executor, told };
}

/** Resolves when the first call of the spied method has failed. */
async function failed({ mock }: { mock: { results: readonly { value: unknown }[] } }): Promise<void> {
  await waitFor(() => mock.results.length > 0, { what: 'the first attempt' });
  await expect(mock.results[0]?.value).rejects.toMatchObject({ code: 'unavailable' });
}

async function ownRedis(): Promise<TestRedis> {
  const server = await startRedis({ persistent: true });
  cleanups.push(() => server.stop());
  return server;
}

describe('a revocation while Redis is away', () => {
  it('ends what the credential has open as soon as Redis is back, and tells the executor', async () => {
    const server = await ownRedis();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    cleanups.push(() => redis.disconnect());
    const node = await startNode({ redis, prefix: randomUUID() });
    const { id, answer, told } = await startedRequest(node);
    await server.kill();
    const open = jest.spyOn(node.pending, 'open');
    node.revocations.announce(revocation);
    await failed(open);
    await server.restart();
    expect(await answer).toMatchObject(revoked);
    expect(await told()).toEqual({ request_id: id });
  }, 40_000);
});

describe('a revocation whose first attempt to cancel is lost', () => {
  /** The hub of another node, that is away until it is let back. */
  const awayHub = ({ strategy }: RelayNode) => {
    const attempts: string[] = [];
    let away: (() => PublishOutcome) | null = null;
    const unreliable: RelayStrategy = {
      name: 'mercure',
      hub: strategy.hub,
      publish: async (userId, message) => {
        attempts.push(message.type);
        return away ? away() : strategy.publish(userId, message);
      },
      check: () => strategy.check(),
      close: async () => undefined,
    };
    return { unreliable, attempts, goAway: (how: () => PublishOutcome) => (away = how), comeBack: () => (away = null) };
  };

  it.each<[string, () => PublishOutcome]>([
    [
      'refuses it',
      () => {
        throw new ServonautError('relay_unavailable');
      },
    ],
    ['does not answer', () => 'uncertain'],
  ])('is told to the executor when the hub that %s is back', async (_, how) => {
    const { unreliable, attempts, goAway, comeBack } = awayHub(await startNode());
    const node = await startNode({ strategy: unreliable });
    const { id, answer, told } = await startedRequest(node);
    goAway(how);
    attempts.length = 0;
    node.revocations.announce(revocation);
    expect(await answer).toMatchObject(revoked);
    await waitFor(() => attempts.length > 1, { what: 'another attempt' });
    comeBack();
    expect(await told()).toEqual({ request_id: id });
  });

  it('is told to the executor though the store had taken it without an answer', async () => {
    const node = await startNode();
    const { id, answer, told } = await startedRequest(node);
    const apply = node.pending.apply.bind(node.pending);
    jest.spyOn(node.pending, 'apply').mockImplementationOnce(async (...change) => {
      await apply(...change);
      throw new ServonautError('unavailable');
    });
    node.revocations.announce(revocation);
    expect(await answer).toMatchObject(revoked);
    expect(await told()).toEqual({ request_id: id });
  });

  it('leaves the executor alone that has stopped meanwhile', async () => {
    const { unreliable, attempts, goAway, comeBack } = awayHub(await startNode());
    const node = await startNode({ strategy: unreliable });
    const { id, answer, executor } = await startedRequest(node);
    goAway(() => 'uncertain');
    attempts.length = 0;
    node.revocations.announce(revocation);
    expect(await answer).toMatchObject(revoked);
    await waitFor(() => attempts.length > 0, { what: 'an attempt' });
    const apply = jest.spyOn(node.pending, 'apply');
    await node.reports.result(
      holder,
      aCommandResult({ request_id: id, status: 'error', error_code: 'request_cancelled' }),
    );
    comeBack();
    await waitFor(() => apply.mock.calls.some(([, , { type }]) => type === 'revoked'), { what: 'the next attempt' });
    expect(executor.requests).toEqual([]);
  });
});

describe('a coordinator that comes back to its Redis', () => {
  let app: RelayApp;
  let server: TestRedis;

  /** An executor of one credential with a request of another, and Redis gone. */
  async function cutOff() {
    server = await ownRedis();
    app = await startRelayApp({ REDIS_URL: server.url });
    cleanups.push(() => app.close());
    const owner = await app.newUser('olga', ['relay:connect']);
    const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify(anExecutorToRegister());
    const { status } = await fetch(`${app.url}${EXECUTOR_PATHS.register}`, { method: 'POST', headers, body });
    expect(status).toBe(200);
    const principal = { kind: 'credential', id: owner.credentialId, label: 'olga' } as const;
    const answer = app.app.get(Relay).dispatch({ ...call, userId: owner.userId, principal });
    await waitFor(async () => (await app.app.get(PendingStore).open(owner.userId)).length > 0, { what: 'the request' });
    await server.kill();
    return { owner, answer };
  }

  const isOffline = async (userId: string) =>
    (await app.app.get(ExecutorRegistry).list(userId)).every(({ presence }) => presence.state === 'offline');

  it('takes from the registry whose token it revoked meanwhile', async () => {
    const { owner, answer } = await cutOff();
    const dismiss = jest.spyOn(app.app.get(ExecutorRegistry), 'dismiss');
    await app.app.get(CredentialService).revoke(owner.credentialId);
    await failed(dismiss);
    await server.restart();
    expect(await answer).toMatchObject(revoked);
    await waitFor(() => isOffline(owner.userId), { what: 'the end of the executor' });
  }, 60_000);

  it('finds in the database what a process revoked that died before it could say so', async () => {
    const { owner, answer } = await cutOff();
    const dying = new CredentialService(app.app.get<Database>(DATABASE), new Revocations());
    await dying.revoke(owner.credentialId);
    await server.restart();
    expect(await answer).toMatchObject(revoked);
    await waitFor(() => isOffline(owner.userId), { what: 'the end of the executor' });
  }, 60_000);
});
