import { stat, readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Logger, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { temporaryFolder } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import supertest from 'supertest';
import { loadConfig } from '../../config/app-config.ts';
import { ConfigModule } from '../../config/config.module.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { users } from '../../platform/database/schema.ts';
import { createApp } from '../../platform/http/create-app.ts';
import { PlatformModule } from '../../platform/platform.module.ts';
import { AuthModule, Invitations, UserService, WebSessions } from '../auth/index.ts';
import { AdminModule, FirstStart, type BootstrapFacts } from './index.ts';
import { welcome } from './welcome.ts';

const PASSWORD = 'tramway-onion-quartz';
/** For as long as can be set: what is refused sooner, is so by another look. */
const BELIEVING = { SERVONAUT_TOKEN_CACHE_MS: '60000' };

/** A route whose author forgot to say who may call it. */
@Controller('forgotten')
class ForgottenController {
  @Get()
  get() {
    return 'secret';
  }
}

@Module({ controllers: [ForgottenController] })
class Root {}

describe('REST for admins', () => {
  let app: NestExpressApplication;
  let facts: BootstrapFacts;

  const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string, token: string = facts.admin_token) =>
    supertest(app.getHttpServer())[method](path).set('Authorization', `Bearer ${token}`);
  const newUser = async (name: string) =>
    (await call('post', '/api/admin/users').send({ name }).expect(201)).body.id as string;
  const issue = (userId: string, body: object) => call('post', `/api/admin/users/${userId}/credentials`).send(body);

  beforeAll(async () => {
    const config = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent', ...BELIEVING });
    const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule, AdminModule];
    app = await createApp({ module: Root, imports }, config);
    await app.init();
    facts = (await app.get(FirstStart).run())!;
  }, 60_000);
  afterAll(() => app.close());

  describe('the first start', () => {
    it('keeps its facts for their owner alone, and exactly these', async () => {
      const { file } = app.get(FirstStart);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(facts);
      expect(Object.keys(facts)).toEqual([
        'url',
        'admin_token',
        'user_id',
        'executor_token',
        'agent_token',
        'invitation_url',
      ]);
    });

    it('happens once, also when the file is removed', async () => {
      const { file } = app.get(FirstStart);
      expect(await app.get(FirstStart).run()).toBeUndefined();
      const kept = await readFile(file, 'utf8');
      await rm(file);
      expect(await app.get(FirstStart).run()).toBeUndefined();
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(kept).toContain(facts.admin_token);
    });

    it('gives each of its tokens one scope', async () => {
      const { body } = await call('get', `/api/admin/users/${facts.user_id}/credentials`).expect(200);
      const scopes = body.credentials.map((credential: { label: string; scopes: string[] }) => [
        credential.label,
        credential.scopes,
      ]);
      expect(Object.fromEntries(scopes)).toEqual({
        admin: ['admin'],
        executor: ['relay:connect'],
        agent: ['mcp:tools'],
      });
    });

    it('is greeted with lines that can be pasted, without the token of the admin', () => {
      const text = welcome(facts, '/data/bootstrap.json');
      const lines = text.split('\n');
      expect(lines).toContain(`npx --no servonaut login --url ${facts.url} --token ${facts.executor_token}`);
      expect(lines).toContain('npx --no servonaut connect');
      expect(lines).toContain(
        `claude mcp add --transport http servonaut ${facts.url}/mcp --header "Authorization: Bearer ${facts.agent_token}"`,
      );
      expect(lines).toContain(facts.invitation_url);
      expect(text).not.toContain(facts.admin_token);
    });

    it('invites its user to sign in as an admin', async () => {
      const { user_id: id, invitation_url: url } = facts;
      const user = await app.get(Invitations).accept(new URL(url).pathname.split('/')[2] ?? '', PASSWORD);
      expect(user).toMatchObject({ id, name: 'admin', email: 'admin@localhost', role: 'admin' });
    });
  });

  describe('access', () => {
    it('asks for a token', async () => {
      const answer = await supertest(app.getHttpServer()).get('/api/admin/users').expect(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="servonaut"/);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ code: 'unauthenticated', instance: answer.headers['x-request-id'] });
    });

    it.each([['Basic YWRtaW46YWRtaW4='], ['Bearer'], ['Bearer a b'], ['Bearer svn_nonsense']])(
      'refuses %j',
      async (authorization) => {
        const answer = await supertest(app.getHttpServer()).get('/api/admin/users').set('Authorization', authorization);
        expect([answer.status, answer.body.code]).toEqual([401, 'token_invalid']);
        expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
      },
    );

    it('does not look for a token in the address', async () => {
      for (const name of ['access_token', 'token', 'authorization'])
        await supertest(app.getHttpServer()).get(`/api/admin/users?${name}=${facts.admin_token}`).expect(401);
    });

    it('refuses a token without the scope and names the scope', async () => {
      const answer = await call('get', '/api/admin/users', facts.agent_token).expect(403);
      expect(answer.body).toMatchObject({ code: 'insufficient_scope', facts: { scope: 'admin' } });
      expect(answer.headers['www-authenticate']).toContain('scope="admin"');
    });

    it('refuses a route that does not say who may call it, and says nothing about why', async () => {
      const answer = await call('get', '/forgotten').expect(500);
      expect(answer.body).toMatchObject({ code: 'internal', detail: 'Something went wrong on our side.' });
    });

    it.each(['https://evil.example', 'null', 'http://127.0.0.1:3001'])('refuses a page from %s', async (origin) => {
      const answer = await call('get', '/api/admin/users').set('Origin', origin).expect(403);
      expect(answer.body.code).toBe('forbidden_origin');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    });

    it('lets a page of its own call', () => call('get', '/api/admin/users').set('Origin', facts.url).expect(200));
  });

  describe('users', () => {
    it('are made, listed page by page, read, disabled and enabled', async () => {
      const id = await newUser('olga');
      const first = await call('get', '/api/admin/users?limit=1').expect(200);
      const page = await call('get', `/api/admin/users?limit=1&cursor=${first.body.next_cursor}`).expect(200);
      const created = { created_at: expect.any(String), disabled_at: null };
      expect(page.body.users).toEqual([
        { id, name: 'olga', email: null, role: 'member', plan: 'free', rules: null, version: 1, ...created },
      ]);
      const disabled = await call('patch', `/api/admin/users/${id}`).send({ disabled: true }).expect(200);
      expect(disabled.body.disabled_at).toEqual(expect.any(String));
      await call('patch', `/api/admin/users/${id}`).send({ disabled: false }).expect(200);
      expect((await call('get', `/api/admin/users/${id}`).expect(200)).body).toMatchObject({ id, disabled_at: null });
    });

    it('are asked for by their ids, and who gives a name is told where those are', async () => {
      for (const path of ['/api/admin/users/ada', '/api/admin/credentials?user_id=ada', '/api/admin/audit?user_id=ada'])
        expect((await call('get', path).expect(400)).body.detail).toMatch(/id of a user.*list of users/);
    });

    it('have names of their own', async () => {
      await newUser('boris');
      expect((await call('post', '/api/admin/users').send({ name: 'boris' }).expect(409)).body.code).toBe('conflict');
    });

    it.each([[{}], [{ name: '' }], [{ name: 'a b' }], [{ name: 1 }], [{ name: 'ok', admin: true }], [[]], ['"text"']])(
      'are not made of %j',
      async (body) => {
        const answer = await call('post', '/api/admin/users').set('Content-Type', 'application/json').send(body);
        expect([answer.status, answer.body.status]).toEqual([400, 400]);
      },
    );

    it.each(['0', '999999999999999', 'x', '1e3', '9'.repeat(30), '%00', '-1'])('are not found under %s', async (id) => {
      const answer = await call('get', `/api/admin/users/${id}`);
      expect([400, 404]).toContain(answer.status);
    });
  });

  describe('writes', () => {
    const ID = '0'.repeat(43);
    const WRITES = [
      ['post', 'users', { name: 'gwen' }],
      ['patch', 'users/1', { role: 'admin' }],
      ['post', 'users/1/credentials', { label: 'x', scopes: ['admin'] }],
      ['delete', `credentials/${'0'.repeat(16)}`, {}],
      ['post', 'invitations', { email: 'gwen@example.com', role: 'admin' }],
      ['delete', `invitations/${ID}`, {}],
      ['delete', 'users/1/sessions', {}],
      ['delete', `users/1/sessions/${ID}`, {}],
      ['delete', 'users/1/grants', {}],
      ['delete', `users/1/grants/${ID}`, {}],
      ['post', 'signing-keys/rotate', {}],
      ['post', 'audit/dead-letters/1/resend', {}],
    ] as const;

    it('are all looked at: nobody makes one who was made a member elsewhere, and is believed to be an admin here', async () => {
      const id = await newUser('demoted');
      await call('patch', `/api/admin/users/${id}`).send({ role: 'admin' }).expect(200);
      const { token } = (await issue(id, { label: 'theirs', scopes: ['admin'] }).expect(201)).body;
      await call('get', '/api/admin/users', token).expect(200);
      await app
        .get<Database>(DATABASE)
        .update(users)
        .set({ role: 'member' })
        .where(eq(users.id, Number(id)));
      await call('get', '/api/admin/users', token).expect(200);
      for (const [method, path, body] of WRITES) {
        const answer = await call(method, `/api/admin/${path}`, token).send(body);
        expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'insufficient_scope']);
      }
    });

    it('are logged by ids, without what is secret', async () => {
      const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
      const { id, token } = (await issue(facts.user_id, { label: 'x', scopes: ['admin'] }).expect(201)).body;
      await call('delete', `/api/admin/credentials/${id}`, token).expect(200);
      await call('get', '/api/admin/users').expect(200);
      const [admin] = /[0-9a-f]{16}/.exec(facts.admin_token) ?? [];
      expect(log.mock.calls).toEqual([
        [`POST /api/admin/users/${facts.user_id}/credentials by user ${facts.user_id} with credential ${admin}: ${id}`],
        [`DELETE /api/admin/credentials/${id} by user ${facts.user_id} with credential ${id}`],
      ]);
      log.mockRestore();
    });
  });

  describe('roles', () => {
    it('are given and taken', async () => {
      const id = await newUser('rita');
      const given = await call('patch', `/api/admin/users/${id}`).send({ role: 'admin' }).expect(200);
      expect(given.body).toMatchObject({ role: 'admin', disabled_at: null });
      await call('patch', `/api/admin/users/${id}`).send({ role: 'member', disabled: true }).expect(200);
      const { body } = await call('get', `/api/admin/users/${id}`).expect(200);
      expect(body).toMatchObject({ role: 'member', disabled_at: expect.any(String) });
    });

    it.each([[{}], [{ role: 'root' }], [{ role: null }], [{ email: 'a@b.example' }]])('are not %j', async (change) => {
      const id = await newUser(`r${Math.random().toString(36).slice(2)}`);
      await call('patch', `/api/admin/users/${id}`).send(change).expect(400);
    });

    it('are not given to nobody', () => call('patch', '/api/admin/users/999999').send({ role: 'admin' }).expect(404));
  });

  describe('invitations', () => {
    const invite = (body: object) => call('post', '/api/admin/invitations').send(body);

    it('show their link once, are listed without it, and are withdrawn', async () => {
      const { url, ...invitation } = (await invite({ email: 'zoe@example.com' }).expect(201)).body;
      expect(url).toMatch(new RegExp(`^${facts.url}/invitation/[\\w-]{43}$`));
      expect(invitation).toMatchObject({ email: 'zoe@example.com', role: 'member' });
      const listed = await call('get', '/api/admin/invitations').expect(200);
      expect(listed.body.invitations).toContainEqual(invitation);
      expect(listed.text).not.toContain(url.slice(-43));
      await call('delete', `/api/admin/invitations/${invitation.id}`).expect(204);
      await call('delete', `/api/admin/invitations/${invitation.id}`).expect(404);
    });

    it('leave the role of a user who is there already, unless they say another', async () => {
      const id = await newUser('yann');
      await call('patch', `/api/admin/users/${id}`).send({ role: 'admin' }).expect(200);
      const invited = await invite({ email: 'yann@example.com', user_id: id }).expect(201);
      expect(invited.body.role).toBe('admin');
      const other = await invite({ email: 'yann@example.com', user_id: id, role: 'member' }).expect(201);
      expect(other.body.role).toBe('member');
      await invite({ email: 'yann@example.com', user_id: '999999' }).expect(404);
    });

    it.each([[{}], [{ email: 'nobody' }], [{ email: 'a@b\n.example' }], [{ email: 'a@b.example', role: 'root' }]])(
      'are not made of %j',
      (body) => invite(body).expect(400),
    );

    it.each(['x', '%00', '0'.repeat(43)])('are not found under %s', async (id) => {
      expect([400, 404]).toContain((await call('delete', `/api/admin/invitations/${id}`)).status);
    });
  });

  describe('sessions', () => {
    it('of a user are listed and ended', async () => {
      const id = await newUser('vera');
      const user = await app.get(UserService).get(id);
      const begin = () => app.get(WebSessions).begin(user, ['pwd'], { address: '192.0.2.1', agent: 'Firefox' });
      const secrets = [await begin(), await begin(), await begin()];
      const listed = await call('get', `/api/admin/users/${id}/sessions`).expect(200);
      expect(listed.body.sessions).toHaveLength(3);
      expect(listed.body.sessions[0]).toEqual({
        id: expect.any(String),
        methods: ['pwd'],
        address: '192.0.2.1',
        agent: 'Firefox',
        created_at: expect.any(String),
        last_seen_at: expect.any(String),
        expires_at: expect.any(String),
      });
      for (const secret of secrets) expect(listed.text).not.toContain(secret);
      const { id: session } = listed.body.sessions[0] as { id: string };
      await call('delete', `/api/admin/users/${facts.user_id}/sessions/${session}`).expect(404);
      await call('delete', `/api/admin/users/${id}/sessions/${session}`).expect(204);
      expect((await call('get', `/api/admin/users/${id}/sessions`)).body.sessions).toHaveLength(2);
      await call('delete', `/api/admin/users/${id}/sessions`).expect(204);
      expect((await call('get', `/api/admin/users/${id}/sessions`)).body.sessions).toEqual([]);
      await call('get', '/api/admin/users/999999/sessions').expect(404);
    });
  });

  describe('credentials', () => {
    it('show their token once and are of no use once revoked', async () => {
      const userId = await newUser('carla');
      const refused = await issue(userId, { label: 'second admin', scopes: ['admin'] }).expect(409);
      expect(refused.body).toMatchObject({ code: 'conflict', detail: expect.stringContaining('is no admin') });
      await call('patch', `/api/admin/users/${userId}`).send({ role: 'admin' }).expect(200);
      const issued = await issue(userId, { label: 'second admin', scopes: ['admin'] }).expect(201);
      const { token, ...credential } = issued.body as { token: string; id: string; created_by: string };
      expect(issued.headers['cache-control']).toBe('no-store');
      await call('get', '/api/admin/users', token).expect(200);

      const listed = await call('get', `/api/admin/users/${userId}/credentials`).expect(200);
      expect(listed.body.credentials).toMatchObject([{ id: credential.id, user_id: userId, revoked_at: null }]);
      expect(JSON.stringify(listed.body)).not.toContain(token.slice(-43));

      await call('delete', `/api/admin/credentials/${credential.id}`).expect(200);
      expect((await call('get', '/api/admin/users', token).expect(401)).body.code).toBe('token_revoked');
      const { body } = await call('get', `/api/admin/credentials/${credential.id}`).expect(200);
      expect(body).toMatchObject({ revoked_at: expect.any(String), created_by: credential.created_by });
    });

    it('are listed by what has issued them, and end with it unless it is only replaced', async () => {
      const issueBy = async (token: string) =>
        (
          await call('post', `/api/admin/users/${facts.user_id}/credentials`, token)
            .send({ label: 'made', scopes: ['admin'] })
            .expect(201)
        ).body as { id: string; token: string };
      const first = await issueBy(facts.admin_token);
      const second = await issueBy(first.token);
      const third = await issueBy(second.token);
      const madeBy = async ({ id }: { id: string }) =>
        (await call('get', `/api/admin/credentials?created_by=${id}`).expect(200)).body.credentials;
      expect(await madeBy(first)).toMatchObject([{ id: second.id, created_by: first.id }]);
      await call('delete', `/api/admin/credentials/${first.id}?made=keep`).expect(200);
      await call('get', '/api/admin/users', second.token).expect(200);
      await call('delete', `/api/admin/credentials/${second.id}`).expect(200);
      await call('get', '/api/admin/users', third.token).expect(401);
      expect(await madeBy(second)).toMatchObject([{ id: third.id, revoked_at: expect.any(String) }]);
      for (const query of ['credentials?created_by=', 'credentials?created_by=x', 'credentials?user=1'])
        await call('get', `/api/admin/${query}`).expect(400);
    });

    it('keep the instant of their first revocation', async () => {
      const { id } = (await issue(facts.user_id, { label: 'x', scopes: ['mcp:tools'] }).expect(201)).body;
      const first = await call('delete', `/api/admin/credentials/${id}`).expect(200);
      const second = await call('delete', `/api/admin/credentials/${id}`).expect(200);
      expect(second.body.revoked_at).toBe(first.body.revoked_at);
    });

    it('keep their limits, which are changed in the version that was seen', async () => {
      const limits = {
        tools: ['get_logs'],
        servers: ['web-*', 'label:role=db'],
        rules: { get_logs: { per_day: 10 } },
        addresses: ['127.0.0.0/8'],
        expires_at: '2099-01-01T00:00:00.000Z',
      };
      const { body } = await issue(facts.user_id, { label: 'limited', scopes: ['mcp:tools'], ...limits }).expect(201);
      expect(body).toMatchObject({ ...limits, commands: null, version: 1, state: 'active' });
      const change = (version: string, given: object) =>
        call('patch', `/api/admin/credentials/${body.id}`).set('If-Match', version).send(given);
      const changed = await change('"1"', { label: 'wider', tools: null }).expect(200);
      expect(changed.body).toMatchObject({ ...limits, label: 'wider', tools: null, version: 2 });
      expect(changed.headers['etag']).toBe('"2"');
      expect((await change('"1"', { tools: [] }).expect(412)).body.code).toBe('version_mismatch');
      await change('"2"', { scopes: ['admin'] }).expect(400);
      await call('delete', `/api/admin/credentials/${body.id}`).set('If-Match', '"1"').expect(412);
    });

    it('are found by their user, label and state', async () => {
      const userId = await newUser('finder');
      const made = async (label: string) =>
        (await issue(userId, { label, scopes: ['mcp:tools'] }).expect(201)).body.id as string;
      const [first, second] = [await made('ci'), await made('cd')];
      await call('delete', `/api/admin/credentials/${first}`).expect(200);
      const found = async (query: string) =>
        (await call('get', `/api/admin/credentials?user_id=${userId}${query}`).expect(200)).body.credentials.map(
          ({ id }: { id: string }) => id,
        );
      expect(await found('')).toEqual([first, second]);
      expect(await found('&state=active')).toEqual([second]);
      expect(await found('&state=revoked&label=ci')).toEqual([first]);
      expect(await found('&label=cd&state=expired')).toEqual([]);
    });

    it.each([
      ['no scope', { scopes: [] }],
      ['a scope that does not exist', { scopes: ['root'] }],
      ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }],
      ['a pattern with more than "*"', { servers: ['web-[0-9]'] }],
      ['line breaks in the label', { label: 'a\nb' }],
      ['a field that does not exist', { tokens: 2 }],
    ])('are not issued with %s', async (_what, given) => {
      const answer = await issue(facts.user_id, { label: 'x', scopes: ['mcp:tools'], ...given }).expect(400);
      expect(answer.body).toMatchObject({ code: 'invalid_request', detail: expect.stringMatching(/\w/) });
    });

    it.each([
      ['post', '/api/admin/users/999999/credentials'],
      ['get', '/api/admin/users/999999/credentials'],
      ['get', `/api/admin/credentials/${'0'.repeat(16)}`],
      ['delete', `/api/admin/credentials/${'0'.repeat(16)}`],
    ] as const)('answer 404 to %s %s', async (method, path) => {
      await call(method, path)
        .send({ label: 'x', scopes: ['mcp:tools'] })
        .expect(404);
    });
  });

  describe('every answer', () => {
    it('is a problem when the body is not JSON, too large, or the address leads nowhere', async () => {
      const post = () => call('post', '/api/admin/users').set('Content-Type', 'application/json');
      expect((await post().send('{"name":').expect(400)).body.code).toBe('malformed_json');
      expect(
        (
          await post()
            .send(`{"name":"${'x'.repeat(4 * 1024 * 1024)}"}`)
            .expect(413)
        ).body.code,
      ).toBe('payload_too_large');
      expect((await call('get', '/nowhere').expect(404)).body.code).toBe('not_found');
      await call('get', '/api/admin/users/%E0%A4%A').expect(400);
    });

    it('says nothing of what is behind it and forbids browsers to guess', async () => {
      const { headers } = await call('get', '/nowhere');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    });
  });

  describe('documentation', () => {
    it('describes every admin route and the shape of what it takes', async () => {
      const { body } = await supertest(app.getHttpServer()).get('/api/docs-json').expect(200);
      expect(Object.keys(body.paths)).toEqual(
        expect.arrayContaining(['/api/admin/users', '/api/admin/credentials/{id}']),
      );
      const { requestBody } = body.paths['/api/admin/users/{id}/credentials'].post;
      const { properties, required } = requestBody.content['application/json'].schema;
      expect(Object.keys(properties)).toEqual([
        'label',
        'scopes',
        'tools',
        'servers',
        'rules',
        'commands',
        'addresses',
        'expires_at',
      ]);
      expect(required).toEqual(['label', 'scopes']);
    });

    it('loads nothing from elsewhere', async () => {
      const { text, headers } = await supertest(app.getHttpServer()).get('/api/docs').expect(200);
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      await supertest(app.getHttpServer()).get('/api/docs/swagger-ui-bundle.js').expect(200);
    });
  });

  describe('health and metrics', () => {
    it('are alive and ready', async () => {
      await supertest(app.getHttpServer()).get('/health/live').expect(200, { live: true });
      await supertest(app.getHttpServer())
        .get('/health/ready')
        .expect(200, { ready: true, checks: { database: 'up', relay: 'up' } });
    });

    it('count requests by route, never by address', async () => {
      await call('get', '/api/admin/users/1').expect(200);
      const { text } = await supertest(app.getHttpServer()).get('/metrics').expect(200);
      expect(text).toMatch(
        /servonaut_http_request_duration_seconds_count\{method="GET",route="\/api\/admin\/users\/:id",status="200"\} \d/,
      );
      expect(text).not.toContain('route="/api/admin/users/1"');
    });

    it('show metrics through a proxy to admins only', async () => {
      const proxied = (token?: string) => {
        const request = supertest(app.getHttpServer()).get('/metrics').set('X-Forwarded-For', '10.0.0.7');
        return token ? request.set('Authorization', `Bearer ${token}`) : request;
      };
      await proxied().expect(401);
      await proxied(facts.agent_token).expect(403);
      await proxied(facts.admin_token).expect(200);
    });
  });
});
