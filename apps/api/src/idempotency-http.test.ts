import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { startPostgres, temporaryFolder, type TestPostgres } from '@servonaut/testkit';
import { eq, lte } from 'drizzle-orm';
import { loadConfig } from './config/app-config.ts';
import { UserService } from './modules/auth/index.ts';
import { DATABASE, type Database } from './platform/database/database.ts';
import { idempotentAnswers, users } from './platform/database/schema.ts';
import { IdempotentAnswers } from './platform/idempotency/idempotent-answers.ts';
import { startCoordinator, type Coordinator } from './start.ts';

interface Asked {
  readonly token?: string;
  readonly key?: string;
  readonly at?: Coordinator;
}

describe('a POST with an Idempotency-Key, at two coordinators with one database', () => {
  let postgres: TestPostgres;
  let coordinators: [Coordinator, Coordinator];
  let admin: string;
  let userId: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    const [url, secret] = [await postgres.createDatabase(), randomBytes(32).toString('base64url')];
    const start = async () => {
      const dataDir = await temporaryFolder();
      const shared = { DATABASE_URL: url, SERVONAUT_SECRET: secret, SERVONAUT_DATA_DIR: dataDir };
      const settings = loadConfig({ ...shared, PORT: '0', LOG_LEVEL: 'silent', SERVONAUT_TOKEN_CACHE_MS: '60000' });
      return startCoordinator(settings, () => undefined);
    };
    coordinators = [await start(), await start()];
    const file = path.join(coordinators[0].config.dataDir, 'bootstrap.json');
    ({ admin_token: admin, user_id: userId } = JSON.parse(await readFile(file, 'utf8')));
  }, 90_000);
  afterAll(async () => {
    for (const { app } of coordinators) await app.close();
    await postgres.stop();
  });

  async function post(address: string, body: object, { token = admin, key, at = coordinators[0] }: Asked) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const asked = { method: 'POST', body: JSON.stringify(body) };
    const named = key === undefined ? headers : { ...headers, 'idempotency-key': key };
    const answer = await fetch(at.config.publicUrl + address, { ...asked, headers: named });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
  }
  const issue = (label: string, asked: Asked, user = userId) =>
    post(`/api/admin/users/${user}/credentials`, { label, scopes: ['mcp:tools'] }, asked);
  const get = async (address: string) => {
    const headers = { authorization: `Bearer ${admin}` };
    return (await (await fetch(coordinators[0].config.publicUrl + address, { headers })).json()) as any;
  };
  const labelled = async (label: string) => {
    const { credentials } = await get(`/api/admin/users/${userId}/credentials`);
    return credentials.filter((credential: { label: string }) => credential.label === label);
  };
  const recordsOf = async (kind: string) => (await get(`/api/admin/audit?chain=coordinator&kind=${kind}`)).entries;

  it('has one effect, however many come at once, and later one answer', async () => {
    const asked = Array.from({ length: 20 }, (_, at) => issue('many', { key: 'many', at: coordinators[at % 2]! }));
    const answers = await Promise.all(asked);
    expect(await labelled('many')).toHaveLength(1);
    const [made] = answers.filter(({ status, headers }) => status === 201 && !headers.has('idempotency-replayed'));
    for (const { status, body, headers } of answers) {
      if (status === 201) expect(body).toEqual(made!.body);
      else expect([status, body.code, headers.get('retry-after')]).toEqual([409, 'request_in_progress', '1']);
    }
    const again = await issue('many', { key: 'many', at: coordinators[1] });
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, made!.body, 'true']);
    expect(again.headers.get('content-type')).toContain('application/json');
  });

  it('is on record as asked for again, and not as a second change', async () => {
    await issue('recorded', { key: 'recorded' });
    const before = (await recordsOf('admin.changed')).length;
    const { body } = await issue('recorded', { key: 'recorded' });
    expect(await recordsOf('admin.changed')).toHaveLength(before);
    const [repeated] = await recordsOf('admin.repeated');
    expect(repeated.record.data).toMatchObject({ route: '/api/admin/users/:id/credentials', id: body.id });
    expect(JSON.stringify(repeated)).not.toContain(body.token);
  });

  it('is refused when the key was used for something else', async () => {
    await issue('first', { key: 'once' });
    for (const other of [
      () => issue('second', { key: 'once' }),
      () => post('/api/admin/users', { name: 'olga' }, { key: 'once' }),
      () => issue('first', { key: 'once' }, '999'),
    ]) {
      const { status, body } = await other();
      expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect(await labelled('second')).toEqual([]);
  });

  it('is refused the same way again, without being tried', async () => {
    const boris = await post('/api/admin/users', { name: 'boris' }, {});
    expect((await post('/api/admin/users', { name: 'boris' }, { key: 'boris' })).body.code).toBe('conflict');
    const database = coordinators[0].app.get<Database>(DATABASE);
    await database
      .update(users)
      .set({ name: 'other' })
      .where(eq(users.id, Number(boris.body.id)));
    const again = await post('/api/admin/users', { name: 'boris' }, { key: 'boris' });
    expect([again.status, again.body.code]).toEqual([409, 'conflict']);
    expect(again.headers.get('content-type')).toContain('application/problem+json');
  });

  it('has no second effect when it failed on our side, since it may have been done before that', async () => {
    const service = coordinators[0].app.get(UserService);
    const create = service.create.bind(service);
    const spy = jest.spyOn(service, 'create').mockImplementationOnce(async (...given) => {
      await create(...given);
      throw new Error('the answer is lost');
    });
    expect((await post('/api/admin/users', { name: 'gwen' }, { key: 'gwen' })).status).toBe(500);
    const { status, body, headers } = await post('/api/admin/users', { name: 'gwen' }, { key: 'gwen' });
    expect([status, body.code, headers.get('idempotency-replayed')]).toEqual([409, 'conflict', 'true']);
    expect(body.detail).toMatch(/may or may not have been done/);
    expect(spy).toHaveBeenCalledTimes(1);
    spy.mockRestore();
    const [failed] = await recordsOf('admin.failed');
    expect(failed.record.data).toMatchObject({ route: '/api/admin/users', code: 'internal' });
  });

  it('can be asked again when it was only put off', async () => {
    const create = jest.spyOn(coordinators[0].app.get(UserService), 'create');
    create.mockRejectedValueOnce(new ServonautError('too_many_requests'));
    expect((await post('/api/admin/users', { name: 'hugo' }, { key: 'hugo' })).status).toBe(429);
    expect((await post('/api/admin/users', { name: 'hugo' }, { key: 'hugo' })).status).toBe(201);
    create.mockRestore();
  });

  it('is answered and on record as what became of it, also when the answer cannot be kept', async () => {
    const keep = jest.spyOn(coordinators[0].app.get(IdempotentAnswers), 'keep');
    keep.mockRejectedValueOnce(new Error('the database is away'));
    const refused = (await recordsOf('admin.refused')).length;
    const { status, body } = await issue('unkept', { key: 'unkept' });
    expect(status).toBe(201);
    const [changed] = await recordsOf('admin.changed');
    expect(changed.record.data.id).toBe(body.id);
    expect(await recordsOf('admin.refused')).toHaveLength(refused);
    expect((await issue('unkept', { key: 'unkept' })).status).toBe(409);
    expect(await labelled('unkept')).toHaveLength(1);
    keep.mockRestore();
  });

  it('knows the keys of others no more than their answers', async () => {
    const other = (await post(`/api/admin/users/${userId}/credentials`, { label: 'x', scopes: ['admin'] }, {})).body;
    const [mine, theirs] = [await issue('x', { key: 'same' }), await issue('x', { key: 'same', token: other.token })];
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('is answered from memory to nobody who is no admin any more', async () => {
    const { id } = (await post('/api/admin/users', { name: 'demoted' }, {})).body;
    const database = coordinators[0].app.get<Database>(DATABASE);
    const becomes = (role: 'admin' | 'member') =>
      database
        .update(users)
        .set({ role })
        .where(eq(users.id, Number(id)));
    await becomes('admin');
    const { token } = (await post(`/api/admin/users/${id}/credentials`, { label: 'theirs', scopes: ['admin'] }, {}))
      .body;
    expect((await issue('late', { key: 'late', token })).status).toBe(201);
    await becomes('member');
    const { status, body } = await issue('late', { key: 'late', token });
    expect([status, body.code]).toEqual([403, 'insufficient_scope']);
  });

  it.each(['a b', 'x'.repeat(256), ''])('is refused with the key %j', async (key) => {
    const { status, body } = await issue('odd', { key });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });

  it('makes one thing also when the secret of it is told no more', async () => {
    const database = coordinators[0].app.get<Database>(DATABASE);
    const { id } = (await post('/api/admin/users', { name: 'ines' }, {})).body;
    const invite = () =>
      post('/api/admin/invitations', { email: 'ines@example.com', user_id: id }, { key: 'invited-once' });
    const secret = [() => issue('told once', { key: 'told-once' }), invite];
    for (const ask of secret) {
      expect((await ask()).status).toBe(201);
      expect((await ask()).status).toBe(201);
      const gone = await database
        .update(idempotentAnswers)
        .set({ expiresAt: new Date() })
        .where(lte(idempotentAnswers.expiresAt, new Date(Date.now() + 10 * 60_000)))
        .returning();
      expect(gone.length).toBeGreaterThan(0);
      const { status, body } = await ask();
      expect([status, body.code]).toEqual([409, 'conflict']);
      expect(body.detail).toMatch(/was done/);
    }
    expect(await labelled('told once')).toHaveLength(1);
  });

  it('is what the header is for: a PATCH has none', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin}`, 'idempotency-key': 'a b' };
    const asked = { method: 'PATCH', headers, body: '{"disabled":false}' };
    expect((await fetch(`${coordinators[0].config.publicUrl}/api/admin/users/${userId}`, asked)).status).toBe(200);
  });
});
