import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { effectiveEntitlementsSchema, ownEntitlementsSchema, plansSchema, usersSchema } from '@servonaut/contracts';
import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { temporaryFolder } from '@servonaut/testkit';
import supertest from 'supertest';
import { loadConfig, type AppConfig } from '../../config/app-config.ts';
import { ConfigModule } from '../../config/config.module.ts';
import { createApp } from '../../platform/http/create-app.ts';
import { PlatformModule } from '../../platform/platform.module.ts';
import { AuthModule } from '../auth/index.ts';
import { EntitlementsModule } from '../entitlements/index.ts';
import { AdminModule, FirstStart, type BootstrapFacts } from './index.ts';

/** For as long as can be set: what holds sooner, does so since it was announced. */
const BELIEVING = { SERVONAUT_TOKEN_CACHE_MS: '60000' };
const RULES = { '*': { per_day: 10 } };

@Module({})
class Root {}

const modules = (config: AppConfig) => [
  ConfigModule.forRoot(config),
  PlatformModule,
  AuthModule,
  EntitlementsModule,
  AdminModule,
];

describe('plans over REST', () => {
  let app: NestExpressApplication;
  let facts: BootstrapFacts;
  const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string, token: string = facts.admin_token) =>
    supertest(app.getHttpServer())[method](path).set('Authorization', `Bearer ${token}`);
  const newUser = async (body: object) => (await call('post', '/api/admin/users').send(body).expect(201)).body;
  const tokenOf = async (id: string): Promise<string> => {
    const wanted = { label: 'cli', scopes: ['relay:connect'] };
    return (await call('post', `/api/admin/users/${id}/credentials`).send(wanted).expect(201)).body.token;
  };

  beforeAll(async () => {
    const config = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent', ...BELIEVING });
    app = await createApp({ module: Root, imports: modules(config) }, config);
    await app.init();
    facts = (await app.get(FirstStart).run())!;
  }, 60_000);
  afterAll(() => app.close());

  it('are made, read, changed by version, listed and deleted', async () => {
    const made = await call('post', '/api/admin/plans').send({ id: 'agency', rules: RULES }).expect(201);
    expect(made.body).toMatchObject({ id: 'agency', rules: RULES, version: 1 });
    const { headers } = await call('get', '/api/admin/plans/agency').expect(200);
    expect(headers['etag']).toBe('"1"');
    const rules = { run_command: { allowed: false } };
    const change = () => call('patch', '/api/admin/plans/agency').set('If-Match', '"1"').send({ rules });
    expect((await change().expect(200)).body).toMatchObject({ rules, version: 2 });
    expect((await change().expect(412)).body.code).toBe('version_mismatch');
    await call('delete', '/api/admin/plans/agency').set('If-Match', '"1"').expect(412);
    await call('delete', '/api/admin/plans/agency').set('If-Match', '"2"').expect(204);
    await call('get', '/api/admin/plans/agency').expect(404);
  });

  it('are listed by pages', async () => {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = plansSchema.parse((await call('get', `/api/admin/plans?limit=2${query}`).expect(200)).body);
      ids.push(...page.plans.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(ids).toEqual(['free', 'solo', 'team']);
    await call('get', '/api/admin/plans?cursor=bm8').expect(400);
  });

  it.each([
    { id: 'none', rules: {} },
    { id: 'Upper', rules: {} },
    { id: 'a' },
    { id: 'a', rules: { '*': { per_day: -1 } } },
    { id: 'a', rules: { 'No Tool': {} } },
    { id: 'a', rules: {}, version: 7 },
  ])('are not %j', async (body) => {
    expect((await call('post', '/api/admin/plans').send(body).expect(400)).body.code).toBe('invalid_request');
  });

  it('are given to users, with rules of their own, and show what limits them', async () => {
    const { id, ...user } = await newUser({ name: 'ute', plan: 'solo' });
    expect(user).toMatchObject({ plan: 'solo', rules: null, version: 1 });
    const changed = await call('patch', `/api/admin/users/${id}`)
      .set('If-Match', '"1"')
      .send({ plan: 'team', rules: RULES });
    expect([changed.headers['etag'], changed.body.plan, changed.body.rules]).toEqual(['"2"', 'team', RULES]);
    await call('patch', `/api/admin/users/${id}`).set('If-Match', '"1"').send({ plan: null }).expect(412);
    await call('patch', `/api/admin/users/${id}`).send({ plan: 'nowhere' }).expect(400);
    const effective = await call('get', `/api/admin/users/${id}/entitlements`).expect(200);
    const { levels, counts } = effectiveEntitlementsSchema.parse(effective.body);
    expect(levels).toEqual([{ kind: 'override', id, label: 'ute', rules: RULES }]);
    const resets = { resets_at: expect.stringMatching(/T00:00:00\.000Z$/) };
    expect(counts).toEqual([{ rule: 'override.ute/*.per_day', limit: 10, used: 0, ...resets }]);
    expect((await call('patch', `/api/admin/users/${id}`).send({ plan: null, rules: null })).body).toMatchObject({
      plan: null,
      rules: null,
    });
    await call('get', '/api/admin/users/999999/entitlements').expect(404);
  });

  it('are the default of a user who is given none, and not of the first', async () => {
    expect(await newUser({ name: 'dora' })).toMatchObject({ plan: 'free' });
    expect(await newUser({ name: 'nora', plan: null })).toMatchObject({ plan: null });
    expect((await call('get', `/api/admin/users/${facts.user_id}`)).body).toMatchObject({ plan: null, rules: null });
    expect((await call('delete', '/api/admin/plans/free').expect(409)).body.code).toBe('conflict');
  });

  it('have to be there at the start when they are the default', async () => {
    const config = loadConfig({
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      DEFAULT_PLAN: 'nowhere',
      LOG_LEVEL: 'silent',
    });
    const other = await createApp({ module: Root, imports: modules(config) }, config);
    const message = 'DEFAULT_PLAN: there is no plan "nowhere".';
    await expect(other.init()).rejects.toMatchObject({ code: 'config_invalid', message });
    await other.close();
  });

  it('hold at once for whoever has them, though they were believed to be others', async () => {
    await call('post', '/api/admin/plans').send({ id: 'short', rules: RULES }).expect(201);
    const { id } = await newUser({ name: 'otto', plan: 'short' });
    const token = await tokenOf(id);
    const own = async () => ownEntitlementsSchema.parse((await call('get', '/api/me/entitlements', token)).body);
    expect(await own()).toMatchObject({
      user_id: id,
      tools: null,
      levels: [{ kind: 'plan', label: 'short', rules: RULES }],
    });
    const rules = { '*': { per_day: 11 } };
    await call('patch', '/api/admin/plans/short').send({ rules }).expect(200);
    expect((await own()).levels).toEqual([{ kind: 'plan', id, label: 'short', rules }]);
    await call('patch', `/api/admin/users/${id}`).send({ rules: RULES }).expect(200);
    expect((await own()).levels).toEqual([{ kind: 'override', id, label: 'otto', rules: RULES }]);
  });

  it('are shown with the users who have them, by pages', async () => {
    const list = async (query: string) => usersSchema.parse((await call('get', `/api/admin/users?${query}`)).body);
    const first = await list('limit=1');
    expect(first.users).toMatchObject([{ id: facts.user_id, plan: null, rules: null }]);
    const second = await list(`limit=1&cursor=${first.next_cursor}`);
    expect(second.users[0]?.id).not.toBe(facts.user_id);
    expect((await list('limit=200')).next_cursor).toBeNull();
    const { id } = await newUser({ name: 'ines', plan: 'team' });
    await call('patch', `/api/admin/users/${id}`).send({ disabled: true }).expect(200);
    const idsOf = async (query: string) => (await list(query)).users.map((user) => user.id);
    expect(await idsOf('plan=team')).toEqual([id]);
    expect(await idsOf('disabled=true&role=member')).toEqual([id]);
    expect(await idsOf('plan=team&disabled=false')).toEqual([]);
    expect(await idsOf('role=admin')).toEqual([facts.user_id]);
    await call('get', '/api/admin/users?disabled=perhaps').expect(400);
  });
});
