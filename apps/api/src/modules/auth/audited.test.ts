import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ServonautError, type AuditRecord } from '@servonaut/contracts';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { asc, eq, sql } from 'drizzle-orm';
import { loadConfig } from '../../config/app-config.ts';
import { ConfigModule } from '../../config/config.module.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';
import { createApp } from '../../platform/http/create-app.ts';
import { PlatformModule } from '../../platform/platform.module.ts';
import { AuthModule, CredentialService, Invitations, WebSessions, type User } from './index.ts';
import { Grants } from './oauth/grants.ts';
import { OidcRecords } from './oauth/oidc-records.ts';
import { AuditedUpstreamSignIn } from './people/audited-sign-in.ts';
import type { PasskeyAnswer } from './people/passkey-answers.ts';
import { PasskeySignIn } from './people/passkey-sign-in.ts';
import { SignIn } from './people/sign-in.ts';
import { HERE, newEmail, PASSWORD, secretOf } from './people/testing/people.ts';
import { UpstreamSignIn } from './people/upstream-sign-in.ts';
import type { Principal } from './principal.ts';

@Module({})
class Root {}

describe('on record is', () => {
  let app: NestExpressApplication;
  let database: Database;
  let user: User;
  const email = newEmail();

  async function recordsOf(chain: string): Promise<AuditRecord[]> {
    const rows = await database
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.chain, chain))
      .orderBy(asc(auditEvents.seq));
    return rows.map(({ body }) => JSON.parse(body));
  }
  const own = (kind: string) =>
    waitFor(async () => (await recordsOf(`user:${user.id}`)).findLast((one) => one.kind === kind), { what: kind });
  const failed = async () => (await recordsOf('coordinator')).filter(({ kind }) => kind === 'signin.failed');

  beforeAll(async () => {
    const config = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent' });
    const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule];
    app = await createApp({ module: Root, imports }, config);
    await app.init();
    database = app.get(DATABASE);
    const { url } = await app.get(Invitations).invite({ email, role: 'member' }, null);
    user = await app.get(Invitations).accept(secretOf(url), PASSWORD);
  }, 60_000);
  afterAll(() => app.close());

  it('who has signed in, how and with what, before they are let in, and when that ended', async () => {
    const sessions = app.get(WebSessions);
    const secret = await sessions.begin(user, ['pwd', 'otp'], HERE);
    const actor = { kind: 'user', id: user.id, label: user.name };
    const [record] = await recordsOf(`user:${user.id}`);
    expect(record).toMatchObject({ kind: 'signin.succeeded', actor, data: { methods: ['pwd', 'otp'], agent: 'test' } });
    const { id } = (await sessions.of(secret))!;
    await sessions.end(id, user.id);
    expect(await own('signin.ended')).toMatchObject({ data: { session: id } });
    await sessions.endAll(user.id, id);
    await waitFor(async () => (await own('signin.ended')).data['session'] === 'all', { what: 'the end of all' });
    expect(JSON.stringify(await recordsOf(`user:${user.id}`))).not.toContain(secret);
  });

  it('who was not let in, without the password, whether or not there is such a person', async () => {
    const signIn = app.get(SignIn);
    for (const address of [email, newEmail(), 'my password by mistake']) {
      const trying = signIn.password(address, 'wrong-password-here', HERE);
      await expect(trying).rejects.toMatchObject({ code: 'sign_in_refused' });
    }
    await expect(signIn.second('x', '123456', HERE)).rejects.toMatchObject({ code: 'sign_in_refused' });
    const records = await failed();
    expect(records.map(({ data }) => data['by'])).toEqual(['password', 'password', 'password', 'second factor']);
    expect(records[0]).toMatchObject({
      actor: { kind: 'stranger', id: null },
      data: { email, code: 'sign_in_refused' },
    });
    expect(records[2]!.data).not.toHaveProperty('email');
    expect(JSON.stringify(records)).not.toMatch(/wrong-password|123456|mistake/);
    expect(await signIn.password(email, PASSWORD, HERE)).toMatchObject({ done: { id: user.id } });
    expect(await failed()).toHaveLength(4);
  });

  it('who was not let in with a passkey', async () => {
    const credential = { id: 'x', response: {} } as PasskeyAnswer;
    const trying = app.get(PasskeySignIn).answer({ challenge: 'x', credential }, 'a browser', HERE);
    await expect(trying).rejects.toMatchObject({ code: 'sign_in_refused' });
    expect((await failed()).at(-1)).toMatchObject({ data: { by: 'passkey', code: 'sign_in_refused' } });
  });

  it('who was not let in at another provider', async () => {
    class Refusing extends UpstreamSignIn {
      readonly label = 'single sign-on';
      begin = () => Promise.reject(new ServonautError('not_found'));
      finish = () => Promise.reject(new ServonautError('sign_in_refused'));
    }
    const noted: unknown[] = [];
    const record = async (event: unknown) => void noted.push(event);
    const signIn = new AuditedUpstreamSignIn(new Refusing(), { record });
    expect(signIn.label).toBe('single sign-on');
    await expect(signIn.finish(new URL('https://a.example'), 'x', HERE)).rejects.toMatchObject({
      code: 'sign_in_refused',
    });
    expect(noted).toMatchObject([{ kind: 'signin.failed', userId: null, data: { by: 'another provider' } }]);
  });

  it('which credentials come and go, once each, without their tokens', async () => {
    const credentials = app.get(CredentialService);
    const limits = { tools: ['get_logs'], servers: null, expiresAt: null, createdBy: null };
    const wanted = { userId: user.id, label: 'ci', scopes: ['mcp:tools'], ...limits } as const;
    const { facts, token } = await credentials.issue(wanted);
    for (let time = 0; time < 2; time += 1) await credentials.revoke(facts.id);
    await own('credential.revoked');
    const records = (await recordsOf(`user:${user.id}`)).filter(({ kind }) => kind.startsWith('credential.'));
    expect(records).toMatchObject([
      { kind: 'credential.issued', data: { credential: facts.id, label: 'ci', tools: ['get_logs'], issued_by: null } },
      { kind: 'credential.revoked', data: { credential: facts.id } },
    ]);
    expect(JSON.stringify(records)).not.toContain(token.slice(-43));
  });

  it('which programs are let in and which no more, once each', async () => {
    const [records, grants] = [app.get(OidcRecords), app.get(Grants)];
    const resources = { 'http://a.example/mcp': 'mcp:tools' };
    for (const name of ['a', 'a', 'b', 'c'])
      await records.save('Grant', name, { accountId: user.id, clientId: `dcr_${name}`, resources }, 3_600);
    const [a, ...rest] = ['a', 'b', 'c'].map((name) => records.storedName(name));
    for (let time = 0; time < 2; time += 1) await records.endGrant(a!);
    await grants.revokeAll(user.id);
    const ofGrants = async () => (await recordsOf(`user:${user.id}`)).filter(({ kind }) => kind.startsWith('grant.'));
    await waitFor(async () => (await ofGrants()).length === 6, { what: 'the ends of all' });
    const [made, , , ended, ...others] = await ofGrants();
    const by = { kind: 'user', id: user.id };
    expect(made).toMatchObject({
      kind: 'grant.made',
      actor: by,
      data: { grant: a, client: 'dcr_a', scopes: resources },
    });
    expect(ended).toMatchObject({ kind: 'grant.ended', data: { grant: a, client: 'dcr_a' } });
    expect(others.map(({ data }) => String(data['grant'])).toSorted()).toEqual(rest.toSorted());
  });

  it('which credentials end with what they were made with, once each', async () => {
    const [credentials, records, grants] = [app.get(CredentialService), app.get(OidcRecords), app.get(Grants)];
    await records.save('Grant', 'cli', { accountId: user.id, clientId: 'cli', resources: {} }, 3_600);
    const grant = records.storedName('cli');
    const by = { kind: 'user', id: grant, userId: user.id, label: 'cli', scopes: new Set() } as unknown as Principal;
    const hold = async () => () => undefined;
    const wanted = { userId: user.id, label: 'bot', scopes: ['mcp:tools'], createdBy: by } as const;
    const { facts } = await credentials.issue(wanted, { hold });
    for (let time = 0; time < 2; time += 1) await grants.revoke(grant, user.id).catch(() => undefined);
    const revoked = async () =>
      (await recordsOf(`user:${user.id}`)).filter(({ data }) => data['credential'] === facts.id).slice(1);
    await waitFor(async () => (await revoked()).length > 0, { what: 'the record of the end' });
    expect(await revoked()).toMatchObject([
      { kind: 'credential.revoked', actor: { kind: 'coordinator' }, data: { issued_by: grant, label: 'bot' } },
    ]);
    expect((await credentials.get(facts.id)).revokedAt).not.toBeNull();
  });

  it('every program that is let in, or it is not', async () => {
    await database.execute(sql`alter table audit_heads rename to away`);
    const making = app.get(OidcRecords).save('Grant', 'd', { accountId: user.id, clientId: 'dcr_d', resources: {} });
    await expect(making).rejects.toMatchObject({ code: 'audit_unavailable' });
    await database.execute(sql`alter table away rename to audit_heads`);
    expect(await app.get(OidcRecords).find('Grant', 'd')).toBeUndefined();
  });

  it('every sign-in, or nobody is let in', async () => {
    await database.execute(sql`alter table audit_heads rename to away`);
    const beginning = app.get(WebSessions).begin(user, ['pwd'], HERE);
    await expect(beginning).rejects.toMatchObject({ code: 'audit_unavailable' });
    await database.execute(sql`alter table away rename to audit_heads`);
    expect(await app.get(WebSessions).list(user.id)).toEqual([]);
  });
});
