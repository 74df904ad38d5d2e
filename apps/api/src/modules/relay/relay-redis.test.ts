import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { anExecutorToRegister, startRedis, type TestRedis } from '@servonaut/testkit';
import { ExecutorRegistry } from './executors/executor-registry.ts';
import { Relay } from './relay.ts';
import { startRelayApp, type RelayApp } from './testing/relay-app.ts';

Logger.overrideLogger(false);

/** More than closing takes, and less than the grace that a coordinator without running requests must not wait for. */
const CLOSED_WITHIN_MS = 5_000;

describe('the relay of a coordinator with Redis', () => {
  let redis: TestRedis;
  let app: RelayApp;

  beforeEach(async () => {
    redis = await startRedis();
    app = await startRelayApp({ REDIS_URL: redis.url, RELAY_TTL_SECONDS: '1', RELAY_ACK_GRACE_SECONDS: '0' });
  }, 60_000);
  afterEach(() => redis.stop());

  async function closeTime(): Promise<number> {
    const startedAt = performance.now();
    await app.close();
    return performance.now() - startedAt;
  }

  it('ends a request at its deadline by the worker of the queue, and closes in good order', async () => {
    const { userId } = await app.newUser('olga', ['relay:connect']);
    await app.app.get(ExecutorRegistry).register({ userId, credentialId: 'cred-e1' }, anExecutorToRegister());
    const principal = { kind: 'user', id: userId, label: 'olga' } as const;
    const call = { userId, principal, tool: 'run_command', server: 'web-1', payload: {}, timeoutSeconds: 60 };
    const view = await app.app.get(Relay).dispatch(call);
    expect(view).toMatchObject({ outcome: 'not_delivered' });
    expect(await closeTime()).toBeLessThan(CLOSED_WITHIN_MS);
  }, 30_000);

  it('closes in time although Redis is gone', async () => {
    await redis.kill();
    expect(await closeTime()).toBeLessThan(CLOSED_WITHIN_MS);
  }, 30_000);
});
