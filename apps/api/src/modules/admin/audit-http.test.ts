import { createHash, createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ChainVerifier, type AuditFault } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { sql } from 'drizzle-orm';
import supertest from 'supertest';
import { loadConfig } from '../../config/app-config.ts';
import { ConfigModule } from '../../config/config.module.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { createApp } from '../../platform/http/create-app.ts';
import { PlatformModule } from '../../platform/platform.module.ts';
import { AuditTrail, DeliveryStore } from '../audit/index.ts';
import { AuthModule } from '../auth/index.ts';
import { AdminModule, FirstStart, type BootstrapFacts } from './index.ts';

@Module({})
class Root {}

type Answer = Awaited<ReturnType<ReturnType<typeof supertest>['get']>>;

const MALICIOUS = '=HYPERLINK("https://evil.example")';

describe('the audit over REST', () => {
  let app: NestExpressApplication;
  let facts: BootstrapFacts;
  const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string, token: string = facts.admin_token) =>
    supertest(app.getHttpServer())[method](path).set('Authorization', `Bearer ${token}`);
  const get = (query = '') => call('get', `/api/admin/audit${query}`);
  const record = (userId: string | null, kind: string, data = {}) =>
    app.get(AuditTrail).record({ userId, kind, actor: { kind: 'credential', id: 'c1', label: MALICIOUS }, data });

  beforeAll(async () => {
    const config = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent' });
    const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule, AdminModule];
    app = await createApp({ module: Root, imports }, config);
    await app.init();
    facts = (await app.get(FirstStart).run())!;
    for (let index = 0; index < 6; index += 1) await record('7', index % 2 ? 'call.ended' : 'call.arrived', { index });
    await record('8', 'call.arrived');
  }, 60_000);
  afterAll(() => app.close());

  async function faultsOf(text: string): Promise<AuditFault[]> {
    const { keys } = (await get('/heads').expect(200)).body as { keys: { kid: string; x: string }[] };
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keys[0]!.x }, format: 'jwk' });
    const faults: AuditFault[] = [];
    const verifier = new ChainVerifier({
      sha256: (line) => createHash('sha256').update(line).digest('base64url'),
      verifySignature: (kid, line, signature) =>
        kid === keys[0]!.kid && verify(null, Buffer.from(line), key, Buffer.from(signature, 'base64url')),
      onFault: (fault) => faults.push(fault),
    });
    for (const line of text.trimEnd().split('\n')) verifier.takeText(line);
    verifier.end();
    return faults;
  }

  it('is for admins alone', async () => {
    for (const path of ['', '/export', '/heads']) {
      await supertest(app.getHttpServer()).get(`/api/admin/audit${path}`).expect(401);
      await call('get', `/api/admin/audit${path}`, facts.agent_token).expect(403);
    }
  });

  it('lists page by page, the latest first', async () => {
    const seqs: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer: Answer = await get(`?user_id=7&limit=4${cursor && `&cursor=${cursor}`}`).expect(200);
      const page = answer.body as { entries: { record: { seq: number } }[]; next_cursor: string | null };
      seqs.push(...page.entries.map(({ record: { seq } }) => seq));
      cursor = page.next_cursor;
    }
    expect(seqs).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it.each([
    ['chain=user:7&kind=call.ended', 3],
    ['user_id=8', 1],
    ['actor_id=c1&kind=call.arrived', 4],
    ['actor_id=nobody', 0],
    ['from=2100-01-01T00:00:00Z', 0],
    ['until=2100-01-01T00:00:00Z&user_id=7', 6],
    ['request_id=x', 0],
  ])('lists what matches %s', async (query, count) => {
    expect((await get(`?${query}`).expect(200)).body.entries).toHaveLength(count);
  });

  it.each([
    '?cursor=x',
    '?cursor=WzFd',
    '?limit=0',
    '?chain=x',
    '?kind=%00',
    '?actor_id=%00',
    '?request_id=a%00',
    '?from=yesterday',
    '?from=0000-01-01T00:00:00Z',
    '?until=9999-12-31T23:59:59-23:59',
    `?cursor=${Buffer.from('["0000-01-01T00:00:00.000Z","user:7",1]').toString('base64url')}`,
    '/export?until=0001-01-01T00:00:00%2B01:00',
    '?x=1',
    '/export?format=xml',
  ])('refuses %s', (query) => get(query).expect(400));

  it('lists how far each chain goes page by page', async () => {
    const { body } = await get('/heads?limit=1').expect(200);
    expect(body.heads).toHaveLength(1);
    const next = await get(`/heads?limit=200&cursor=${body.next_cursor}`).expect(200);
    expect(next.body.heads.map(({ chain }: { chain: string }) => chain)).not.toContain(body.heads[0].chain);
    expect(next.body.next_cursor).toBeNull();
  });

  it('exports whole chains, which verify', async () => {
    const all = await get('/export').buffer(true).expect(200).expect('Content-Type', 'application/jsonl');
    expect(await faultsOf(all.text)).toEqual([]);
    expect(all.text).toContain('"chain":"user:8"');
    const one = await get('/export?user_id=7').buffer(true).expect(200);
    expect(await faultsOf(one.text)).toEqual([]);
    expect(one.text.trimEnd().split('\n')).toHaveLength(7);
    const some = await get('/export?user_id=7&kind=call.ended').buffer(true).expect(200);
    expect(await faultsOf(some.text)).toHaveLength(3);
  });

  it('exports CSV in which no label becomes a formula', async () => {
    const { text } = await get('/export?format=csv&user_id=7').buffer(true).expect(200);
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toBe('chain,seq,at,kind,actor_kind,actor_id,actor_label,address,request_id,hash,record');
    expect(lines).toHaveLength(7);
    for (const line of lines.slice(1)) {
      expect(line).toMatch(/^user:7,\d,/);
      expect(line).toContain(`,"'=HYPERLINK(""https://evil.example"")",`);
    }
  });

  it('shows in its export what somebody has done to the database', async () => {
    await record('9', 'call.arrived');
    await record('9', 'call.ended', { exit_code: 1 });
    await app
      .get<Database>(DATABASE)
      .execute(
        sql`update audit_events set body = replace(body, '"exit_code":1', '"exit_code":0') where chain = 'user:9'`,
      );
    const { text } = await get('/export?user_id=9').buffer(true).expect(200);
    expect(await faultsOf(text)).toEqual([{ chain: 'user:9', seq: 2, fault: 'changed' }]);
  });

  it('lists the place and the hash of what is no record any more, and the records beside it', async () => {
    for (const kind of ['call.arrived', 'call.decided', 'call.ended']) await record('10', kind);
    const spoil = sql`update audit_events set body = '{}' where chain = 'user:10' and seq = 2`;
    await app.get<Database>(DATABASE).execute(spoil);
    const { body } = await get('?user_id=10').expect(200);
    expect(body.entries).toMatchObject([
      { record: { kind: 'call.ended' } },
      { spoiled: { chain: 'user:10', seq: 2 }, hash: expect.stringMatching(/^[\w-]{43}$/) },
      { record: { kind: 'call.arrived' } },
    ]);
  });

  it('has no dead letters without a webhook, and sends none', async () => {
    expect((await get('/dead-letters').expect(200)).body).toEqual({ dead_letters: [], next_cursor: null });
    await call('get', '/api/admin/audit/dead-letters', facts.agent_token).expect(403);
    const refused = await call('post', '/api/admin/audit/dead-letters/1/resend').expect(409);
    expect(refused.body.next_step).toContain('AUDIT_WEBHOOK_URL');
    await call('post', '/api/admin/audit/dead-letters/x/resend').expect(400);
  });

  it('lists what the webhook has not taken, page by page', async () => {
    const letter = { chain: 'user:7', firstSeq: 1, lastSeq: 2, hash: 'h'.repeat(43), error: 'status 503' };
    for (let count = 0; count < 3; count += 1) await app.get(DeliveryStore).giveUp(letter);
    const { body } = await get('/dead-letters?limit=2').expect(200);
    expect(body.dead_letters).toMatchObject([{ chain: 'user:7', first_seq: 1, last_seq: 2, error: 'status 503' }, {}]);
    const next = await get(`/dead-letters?limit=2&cursor=${body.next_cursor}`).expect(200);
    expect(next.body.dead_letters).toHaveLength(1);
    expect(next.body.next_cursor).toBeNull();
  });

  describe('of what admins do', () => {
    const admins = async () =>
      (await get('?chain=coordinator').expect(200)).body.entries
        .map((entry: any) => entry.record)
        .filter(({ kind }: { kind: string }) => kind.startsWith('admin.'));

    it('has a change before and after it was made, by whom, from where, and no secret of the answer', async () => {
      const { body: user, headers } = await call('post', '/api/admin/users').send({ name: 'olga' }).expect(201);
      const issued = await call('post', `/api/admin/users/${user.id}/credentials`)
        .send({ label: 'ci', scopes: ['mcp:tools'] })
        .expect(201);
      const [credential, , made, asked] = await admins();
      const about = { method: 'POST', route: '/api/admin/users', admin: facts.user_id };
      const actor = { kind: 'credential', label: 'admin', address: expect.stringContaining('127.0.0.1') };
      const request_id = headers['x-request-id'];
      expect(asked).toMatchObject({ kind: 'admin.asked', actor, request_id, data: about });
      expect(made).toMatchObject({ kind: 'admin.changed', actor, request_id });
      expect(made.data).toMatchObject({ ...about, asked: { name: 'olga' }, id: user.id });
      expect(credential.data).toMatchObject({ params: { id: user.id }, id: issued.body.id, user_id: user.id });
      expect(JSON.stringify(await admins())).not.toContain(issued.body.token.slice(-43));
    });

    it('has what was refused', async () => {
      await call('patch', '/api/admin/users/999999').send({ disabled: true }).expect(404);
      const [refused, asked] = await admins();
      expect([refused.kind, refused.data.code, asked.kind]).toEqual(['admin.refused', 'not_found', 'admin.asked']);
    });

    it('has nothing of what is only read', async () => {
      const before = await admins();
      await call('get', '/api/admin/users').expect(200);
      expect(await admins()).toEqual(before);
    });

    it('is kept, or nothing is changed', async () => {
      const database = app.get<Database>(DATABASE);
      await database.execute(sql`alter table audit_heads rename to away`);
      const refused = await call('post', '/api/admin/users').send({ name: 'boris' });
      await database.execute(sql`alter table away rename to audit_heads`);
      expect([refused.status, refused.body.code]).toEqual([503, 'audit_unavailable']);
      expect(JSON.stringify((await call('get', '/api/admin/users').expect(200)).body)).not.toContain('boris');
    });
  });
});
