import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { executorRegistrationSchema, EXECUTOR_PATHS, type ExecutorRegistration } from '@servonaut/contracts';
import { anExecutorToRegister, startPostgres, startRedis, waitFor } from '@servonaut/testkit';
import { CredentialService, UserService } from '../../auth/index.ts';
import { Relay } from '../relay.ts';
import type { RelayCall } from '../relay-call.ts';
import { startRelayApp, type RelayApp } from '../testing/relay-app.ts';

Logger.overrideLogger(false);

/** Within which a revocation has to count everywhere, in milliseconds. */
const AT_ONCE = 1_000;

interface Owner {
  readonly userId: string;
  readonly credentialId: string;
  readonly token: string;
}

/** Where the executor listens, and where it is revoked. */
interface Coordinators {
  readonly here: RelayApp;
  readonly there: RelayApp;
}

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
}, 30_000);

async function started(environment: NodeJS.ProcessEnv = {}): Promise<RelayApp> {
  const app = await startRelayApp(environment);
  stops.push(() => app.close());
  return app;
}

async function oneProcess(): Promise<Coordinators> {
  const app = await started();
  return { here: app, there: app };
}

async function twoProcesses(): Promise<Coordinators> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  stops.push(
    () => redis.stop(),
    () => postgres.stop(),
  );
  const shared = {
    REDIS_URL: redis.url,
    DATABASE_URL: await postgres.createDatabase(),
    SERVONAUT_SECRET: randomBytes(32).toString('base64url'),
  };
  return { here: await started(shared), there: await started(shared) };
}

async function register(app: RelayApp, { token }: Owner): Promise<ExecutorRegistration> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify(anExecutorToRegister());
  const answer = await fetch(`${app.url}${EXECUTOR_PATHS.register}`, { method: 'POST', headers, body });
  return executorRegistrationSchema.parse(await answer.json());
}

/** A stream as an executor has it. `ended` is the instant of its end. */
async function listen(app: RelayApp, { topic, subscriber_token: token }: ExecutorRegistration) {
  const url = `${app.url}/.well-known/mercure?topic=${encodeURIComponent(topic)}`;
  const { status, body } = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const stream = { status, ended: undefined as number | undefined };
  const read = async () => {
    for await (const _ of body ?? []);
  };
  const note = () => void (stream.ended = performance.now());
  read().then(note, note);
  return stream;
}

const dispatch = (app: RelayApp, { userId }: Owner, given: Partial<RelayCall> = {}) =>
  app.app.get(Relay).dispatch({
    userId,
    principal: { kind: 'user', id: userId, label: 'an agent' },
    tool: 'run_command',
    server: 'web-1',
    payload: { command: 'uptime' },
    timeoutSeconds: 60,
    ...given,
  });

const revocations: [string, (app: RelayApp, owner: Owner) => Promise<unknown>][] = [
  ['a revoked token', (app, { credentialId }) => app.app.get(CredentialService).revoke(credentialId)],
  ['a disabled user', (app, { userId }) => app.app.get(UserService).setDisabled(userId, true)],
];

describe.each([
  ['of one coordinator', oneProcess],
  ['of another coordinator than the one that is told', twoProcesses],
])('the executor %s', (_, start) => {
  it.each(revocations)(
    'of %s is cut off within a second, and comes back nowhere',
    async (__, revoke) => {
      const { here, there } = await start();
      const owner = await here.newUser('olga', ['relay:connect']);
      const bystander = await here.newUser('boris', ['relay:connect']);
      const [registration, others] = [await register(here, owner), await register(here, bystander)];
      const [stream, spared] = [await listen(here, registration), await listen(here, others)];
      expect([stream.status, spared.status]).toEqual([200, 200]);
      const revokedAt = performance.now();
      await revoke(there, owner);
      await waitFor(() => stream.ended !== undefined, { what: 'the end of the stream' });
      expect((stream.ended ?? Infinity) - revokedAt).toBeLessThan(AT_ONCE);
      for (const app of [here, there]) expect((await listen(app, registration)).status).toBe(401);
      expect(spared.ended).toBeUndefined();
    },
    60_000,
  );

  it('of a revoked token is offline to agents, and what it was asked ends in truth', async () => {
    const { here, there } = await start();
    const owner = await here.newUser('olga', ['relay:connect']);
    await register(here, owner);
    const asked = dispatch(here, owner);
    const revokedAt = performance.now();
    await there.app.get(CredentialService).revoke(owner.credentialId);
    expect(await asked).toMatchObject({ outcome: 'not_delivered' });
    expect(performance.now() - revokedAt).toBeLessThan(AT_ONCE);
    for (const app of [here, there])
      await expect(dispatch(app, owner)).rejects.toMatchObject({ code: 'executor_offline' });
  }, 60_000);
});
