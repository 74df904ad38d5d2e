import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXECUTOR_PATHS, executorSchema, executorsSchema, requestSchema, requestsSchema } from '@servonaut/contracts';
import { aCommandResult, anExecutorToRegister, temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { CredentialService, UserService } from './modules/auth/index.ts';
import { AuditQuery } from './modules/audit/index.ts';
import { Relay } from './modules/relay/index.ts';
import { TestExecutor } from './modules/relay/testing/test-executor.ts';
import { startCoordinator, type Coordinator } from './start.ts';

interface Owner {
  readonly userId: string;
  readonly token: string;
  readonly name: string;
}

describe('the executors and requests of all users, for admins', () => {
  let coordinator: Coordinator;
  let admin: string;
  let ada: Owner;
  let bob: Owner;

  beforeAll(async () => {
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    const file = path.join(coordinator.config.dataDir, 'bootstrap.json');
    ({ admin_token: admin } = JSON.parse(await readFile(file, 'utf8')));
    [ada, bob] = [await anOwner('ada'), await anOwner('bob')];
  }, 60_000);
  afterAll(() => coordinator.app.close());

  async function anOwner(name: string): Promise<Owner> {
    const { app } = coordinator;
    const { id: userId } = await app.get(UserService).create(name);
    const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
    const wanted = { userId, label: name, scopes: ['relay:connect'] as const, ...limits };
    return { userId, name, token: (await app.get(CredentialService).issue(wanted)).token };
  }

  async function call(method: string, address: string, token = admin, body?: object) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = coordinator.config.publicUrl + address;
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: text && JSON.parse(text) };
  }

  /** One that listens, with a server of its owner's name. */
  async function connected({ token, name, userId }: Owner) {
    const { body: subscription } = await call('GET', EXECUTOR_PATHS.mercureToken, token);
    const listenAt = { hubUrl: subscription.hub_url as string, token: async () => subscription.token as string };
    const executor = await TestExecutor.listen(listenAt, userId);
    const manifest = { ...anExecutorToRegister().manifest, servers: [{ name, labels: {} }] };
    const registration = { ...executor.registration, manifest };
    const { body } = await call('POST', EXECUTOR_PATHS.register, token, registration);
    return { executor, registration: { ...registration, executor_id: body.executor_id as string }, keys: body.keys };
  }

  function asked({ userId, name }: Owner) {
    const principal = { kind: 'credential', id: 'c1', label: 'ci-bot' } as const;
    const payload = { command: 'echo not-for-admins' };
    const wanted = { tool: 'run_command', server: name, payload, timeoutSeconds: 60 };
    const ended = coordinator.app.get(Relay).dispatch({ userId, principal, ...wanted });
    ended.catch(() => undefined);
    return ended;
  }

  const requestsOf = async (query: string) =>
    requestsSchema.parse((await call('GET', `/api/admin/requests${query}`)).body);

  it('lists executors by pages and filters, and reads one', async () => {
    const [one, two] = [await connected(ada), await connected(bob)];
    const all = executorsSchema.parse((await call('GET', '/api/admin/executors')).body);
    expect(all.executors.map(({ user_id }) => user_id)).toEqual([ada.userId, bob.userId]);
    const page = executorsSchema.parse((await call('GET', '/api/admin/executors?limit=1')).body);
    expect(page.executors).toEqual(all.executors.slice(0, 1));
    const next = await call('GET', `/api/admin/executors?limit=1&cursor=${page.next_cursor}`);
    expect(next.body).toEqual({ executors: all.executors.slice(1), next_cursor: null });
    const his = await call('GET', `/api/admin/executors?user_id=${bob.userId}&state=online`);
    expect(his.body.executors).toEqual([expect.objectContaining({ id: two.registration.executor_id, servers: 1 })]);
    expect((await call('GET', '/api/admin/executors?state=draining')).body.executors).toEqual([]);
    const { status, body } = await call('GET', `/api/admin/executors/${one.registration.executor_id}`);
    expect([status, executorSchema.parse(body).profile]).toEqual([200, one.registration.profile]);
    expect((await call('GET', '/api/admin/executors/nobody')).status).toBe(404);
    for (const { executor } of [one, two]) executor.close();
  }, 30_000);

  it('disconnects the run of an executor: it is told so, asked nothing more, and refused until another run begins', async () => {
    const cleo = await anOwner('cleo');
    const { executor, registration, keys } = await connected(cleo);
    const { status, body } = await call('DELETE', `/api/admin/executors/${registration.executor_id}`);
    expect([status, executorSchema.parse(body).state]).toEqual([200, 'offline']);
    const word = await executor.unseal(await executor.next(), keys[0]);
    expect(word).toMatchObject({ type: 'disconnect_executor', executor_id: registration.executor_id });
    const refused = [
      await call('POST', EXECUTOR_PATHS.register, cleo.token, registration),
      await call('POST', EXECUTOR_PATHS.heartbeat, cleo.token, { executor_id: registration.executor_id }),
    ];
    expect(refused.map(({ status: code, body: { code: why } }) => [code, why])).toEqual([
      [403, 'executor_disconnected'],
      [403, 'executor_disconnected'],
    ]);
    await expect(asked(cleo)).rejects.toMatchObject({ code: 'executor_offline' });
    const seen = await coordinator.app
      .get(AuditQuery)
      .page({ chain: `user:${cleo.userId}`, kind: 'executor.gone' }, { limit: 1 });
    expect(JSON.parse(seen[0]!.body)).toMatchObject({ actor: { kind: 'credential' }, data: { why: 'disconnected' } });
    executor.close();
    const again = await connected(cleo);
    expect(again.registration.executor_id).toBeDefined();
    again.executor.close();
  }, 30_000);

  it('disconnects one that is offline too: the run that comes back is refused, by whichever id', async () => {
    const fay = await anOwner('fay');
    const { executor, registration } = await connected(fay);
    const { executor_id, ...nameless } = registration;
    executor.close();
    await call('POST', EXECUTOR_PATHS.heartbeat, fay.token, { executor_id, state: 'offline', running: [] });
    const { status, body } = await call('DELETE', `/api/admin/executors/${executor_id}`);
    expect([status, executorSchema.parse(body).state]).toEqual([200, 'offline']);
    for (const again of [registration, nameless]) {
      const refused = await call('POST', EXECUTOR_PATHS.register, fay.token, again);
      expect([refused.status, refused.body.code]).toEqual([403, 'executor_disconnected']);
    }
  }, 30_000);

  it('does not disconnect an executor that would only come back', async () => {
    const registration = anExecutorToRegister({ public_key: undefined });
    const { body } = await call('POST', EXECUTOR_PATHS.register, bob.token, registration);
    const refusal = await call('DELETE', `/api/admin/executors/${body.executor_id}`);
    expect([refusal.status, refusal.body.code]).toEqual([409, 'conflict']);
    expect(refusal.body.next_step).toMatch(/^Revoke/);
  });

  it('lists requests without what was asked and answered, reads one, and cancels it', async () => {
    const dora = await anOwner('dora');
    const { executor, registration } = await connected(dora);
    const [open, done] = [asked(dora), asked(dora)];
    const first = await executor.next();
    const second = await executor.next();
    const result = {
      ...aCommandResult({ request_id: second.id, output: 'not-for-admins' }),
      executor_id: registration.executor_id,
    };
    await call('POST', EXECUTOR_PATHS.result, dora.token, result);
    await Promise.race([open, done]);
    const { requests } = await requestsOf(`?user_id=${dora.userId}&tool=run_command&server=dora&limit=2`);
    expect(requests.map(({ id, outcome }) => [id, outcome])).toEqual([
      [second.id, 'succeeded'],
      [first.id, null],
    ]);
    expect(JSON.stringify(requests)).not.toContain('not-for-admins');
    expect((await requestsOf('?state=open')).requests.map(({ id }) => id)).toEqual([first.id]);
    expect((await requestsOf('?tool=get_logs')).requests).toEqual([]);
    const page = await requestsOf('?limit=1');
    expect((await requestsOf(`?limit=1&cursor=${page.next_cursor}`)).requests).toEqual([requests[1]]);
    const cancelled = await call('POST', `/api/admin/requests/${first.id}/cancel`);
    expect(requestSchema.parse(cancelled.body)).toMatchObject({
      state: 'finished',
      outcome: 'cancelled',
      server: 'dora',
    });
    expect(await open).toMatchObject({ outcome: 'cancelled' });
    const word = await waitFor(() => executor.requests.find(({ type }) => type === 'cancel_request'), {
      what: 'a cancel',
    });
    expect(word.executor_id).toBe(registration.executor_id);
    const again = await call('POST', `/api/admin/requests/${first.id}/cancel`);
    expect([again.status, again.body.code]).toEqual([409, 'request_finished']);
    expect((await call('GET', `/api/admin/requests/${first.id}`)).body.outcome).toBe('cancelled');
    expect((await call('GET', `/api/admin/requests/${crypto.randomUUID()}`)).status).toBe(404);
    executor.close();
  }, 30_000);

  it('is for admins alone', async () => {
    for (const address of ['/api/admin/executors', '/api/admin/requests'])
      expect((await call('GET', address, ada.token)).status).toBe(403);
  });
});
