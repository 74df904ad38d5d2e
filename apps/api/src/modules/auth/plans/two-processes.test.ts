import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { EntitlementRules } from '@servonaut/contracts';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { loadConfig } from '../../../config/app-config.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { CredentialService } from '../credentials/credential-service.ts';
import { CredentialTokenVerifier } from '../credentials/credential-token-verifier.ts';
import { CredentialUsage } from '../credentials/credential-usage.ts';
import { UserService } from '../people/user-service.ts';
import { RedisRevocations } from '../redis-revocations.ts';
import { Revocations } from '../revocations.ts';
import { PlanService } from './plan-service.ts';

Logger.overrideLogger(false);

const HERE = '192.0.2.1';
const FEW: EntitlementRules = { '*': { per_day: 1 } };
const MORE: EntitlementRules = { '*': { per_day: 2 } };

/** A coordinator, as far as plans go. */
function startProcess({ database }: TestDatabase, revocations: Revocations, cacheMs: number) {
  const config = loadConfig({ SERVONAUT_TOKEN_CACHE_MS: String(cacheMs) });
  const usage = new CredentialUsage(database);
  const verifier = new CredentialTokenVerifier(config, database, usage, revocations);
  const rulesOf = async (token: string) => (await verifier.verify(token, HERE)).levels.map(({ rules }) => rules);
  return {
    users: new UserService(database, revocations),
    plans: new PlanService(config, database, revocations),
    credentials: new CredentialService(database, revocations),
    rulesOf,
    close: () => usage.beforeApplicationShutdown(),
  };
}

describe.each(DATABASES)('a change of what limits users, on %s', (_, open) => {
  let connection: TestDatabase;
  let server: TestRedis;
  const ends: (() => unknown)[] = [];

  const start = (revocations: Revocations, cacheMs: number) => {
    const process = startProcess(connection, revocations, cacheMs);
    ends.push(() => process.close());
    return process;
  };

  /** Two that hear of each other, and believe for as long as can be set. */
  async function twoOnRedis() {
    const [prefix, heard] = [randomUUID(), [false, false]];
    const both = [0, 1].map((at) => {
      const redis = new Redis(server.url, { maxRetriesPerRequest: null });
      const revocations = new RedisRevocations(redis, async () => [], prefix);
      revocations.subscribe(
        () => undefined,
        () => void (heard[at] = true),
      );
      ends.push(() => (revocations.onApplicationShutdown(), redis.disconnect()));
      return start(revocations, 60_000);
    });
    await waitFor(() => heard.every(Boolean), { what: 'both to listen' });
    return both as [ReturnType<typeof start>, ReturnType<typeof start>];
  }

  async function somebody({ users, plans, credentials }: ReturnType<typeof start>) {
    const plan = await plans.create(`plan-${randomUUID().slice(0, 8)}`, FEW);
    const user = await users.create(randomUUID(), plan.id);
    const { token } = await credentials.issue({
      userId: user.id,
      label: 'ci-bot',
      scopes: ['mcp:tools'],
      createdBy: null,
    });
    return { plan: plan.id, user: user.id, token };
  }

  beforeAll(async () => {
    [connection, server] = await Promise.all([open(), startRedis()]);
  }, 60_000);
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await Promise.all([connection.close(), server.stop()]);
  });

  it('is seen by the other process as soon as it hears of it, though it believed otherwise', async () => {
    const [one, other] = await twoOnRedis();
    const { plan, user, token } = await somebody(one);
    const sees = (rules: EntitlementRules[]) =>
      waitFor(async () => JSON.stringify(await other.rulesOf(token)) === JSON.stringify(rules), {
        what: JSON.stringify(rules),
        timeoutMs: 1_000,
        everyMs: 5,
      });
    expect(await other.rulesOf(token)).toEqual([FEW]);
    await one.plans.change(plan, MORE, undefined);
    expect(await one.rulesOf(token)).toEqual([MORE]);
    await sees([MORE]);
    await one.users.change(user, { rules: FEW }, null);
    await sees([FEW]);
    await one.users.change(user, { plan: null, rules: null }, null);
    await sees([]);
  });

  it('is seen without Redis once what was believed is too old', async () => {
    const [one, other] = [start(new Revocations(), 60_000), start(new Revocations(), 20)];
    const { plan, token } = await somebody(one);
    expect(await other.rulesOf(token)).toEqual([FEW]);
    await one.plans.change(plan, MORE, undefined);
    const isSeen = async () => (await other.rulesOf(token))[0]?.['*']?.per_day === 2;
    await waitFor(isSeen, { what: 'the change', timeoutMs: 2_000, everyMs: 5 });
  });
});
