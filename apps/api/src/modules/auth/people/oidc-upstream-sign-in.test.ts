import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { freePort } from '@servonaut/testkit';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { UPSTREAM_RETURN_PATH } from './oidc-upstream-sign-in.ts';
import { startOpenidProvider, UPSTREAM_CLIENT, type OpenidProvider } from './testing/openid-provider.ts';
import { HERE, newEmail, newPerson, people, secretOf, type People } from './testing/people.ts';

const REFUSED = { code: 'sign_in_refused' };
const OURS = 'https://servonaut.example.com';

/** What the provider says of somebody. */
interface Said {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: unknown;
}

describe.each(DATABASES)('signing in at another provider, on %s', (_, open) => {
  let connection: TestDatabase;
  let provider: OpenidProvider;
  let all: People;

  beforeAll(async () => {
    [connection, provider] = await Promise.all([open(), startOpenidProvider()]);
    all = await people(connection.database, settings());
  }, 60_000);
  beforeEach(() => {
    provider.userinfo = {};
  });
  afterAll(async () => {
    provider.stop();
    await connection.close();
  });

  const settings = () => ({
    UPSTREAM_ISSUER: provider.issuer,
    UPSTREAM_CLIENT_ID: UPSTREAM_CLIENT.id,
    UPSTREAM_CLIENT_SECRET: UPSTREAM_CLIENT.secret,
    UPSTREAM_LABEL: 'Example Login',
    SERVONAUT_RATE_LIMITS: 'upstream_address=1000/60,upstream_return=1000/60',
  });

  /** As the browser comes back, unless told otherwise. */
  async function comeBack(
    said: Said,
    wrong: { claims?: object; parameters?: Record<string, string>; back?: string; anew?: boolean } = {},
    { upstream }: People = all,
  ) {
    const { url, flow } = await upstream.begin(wrong.back ?? '/sign-in/uid', HERE, wrong.anew);
    const { state = '', nonce } = Object.fromEntries(url.searchParams);
    provider.claims = { ...said, nonce, ...wrong.claims };
    const returned = new URL(UPSTREAM_RETURN_PATH, OURS);
    returned.search = new URLSearchParams({ code: 'code', state, ...wrong.parameters }).toString();
    return { url, flow, returned };
  }

  async function signIn(...given: Parameters<typeof comeBack>) {
    const { returned, flow } = await comeBack(...given);
    return all.upstream.finish(returned, flow, HERE);
  }

  it('sends the browser there with PKCE, state and nonce, and what comes back is good for an invited address', async () => {
    const email = newEmail();
    await all.invitations.invite({ email, role: 'admin' }, null);
    const { url, flow, returned } = await comeBack({ sub: randomUUID(), email, email_verified: true });
    expect(url.href).toMatch(`${provider.issuer}/authorize?`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: UPSTREAM_CLIENT.id,
      redirect_uri: OURS + UPSTREAM_RETURN_PATH,
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid email',
    });
    const { user, back } = await all.upstream.finish(returned, flow, HERE);
    expect(user).toMatchObject({ email, role: 'admin' });
    expect(back).toBe('/sign-in/uid');
    expect(provider.asked.get('redirect_uri')).toBe(OURS + UPSTREAM_RETURN_PATH);
    expect(provider.asked.get('code_verifier')).toMatch(/^[\w~.-]{43,}$/);
    expect(await all.account.means(user.id)).toMatchObject({ hasPassword: false });
  });

  it('knows somebody again by issuer and subject, whatever their address is by then', async () => {
    const { user, email } = await newPerson(all);
    const sub = randomUUID();
    expect((await signIn({ sub, email: email.toUpperCase(), email_verified: true })).user.id).toBe(user.id);
    expect((await signIn({ sub })).user.id).toBe(user.id);
    const { email: other } = await newPerson(all);
    expect((await signIn({ sub, email: other, email_verified: true })).user.id).toBe(user.id);
  });

  it('does not give the account of somebody to whoever gets their address later', async () => {
    const { email } = await newPerson(all);
    await signIn({ sub: randomUUID(), email, email_verified: true });
    await expect(signIn({ sub: randomUUID(), email, email_verified: true })).rejects.toMatchObject(REFUSED);
  });

  it('takes one of two subjects that come with one address at the same moment', async () => {
    const { email } = await newPerson(all);
    const subjects = [randomUUID(), randomUUID()];
    const both = await Promise.all(
      subjects.map((subject) => all.identities.recognise({ issuer: provider.issuer, subject }, email)),
    );
    expect(both.filter((user) => user !== undefined)).toHaveLength(1);
  });

  it('looks for the address where some providers keep it', async () => {
    const { user, email } = await newPerson(all);
    const sub = randomUUID();
    provider.userinfo = { sub: randomUUID(), email, email_verified: true };
    await expect(signIn({ sub })).rejects.toMatchObject(REFUSED);
    provider.userinfo = { sub, email, email_verified: true };
    expect((await signIn({ sub })).user.id).toBe(user.id);
  });

  it.each([[false], ['true'], [undefined]])('does not believe an address with email_verified %j', async (verified) => {
    const { email } = await newPerson(all);
    const said = { sub: randomUUID(), email, ...(verified !== undefined && { email_verified: verified }) };
    await expect(signIn(said)).rejects.toMatchObject(REFUSED);
  });

  it('refuses whom nobody has invited, and who is disabled', async () => {
    const stranger = { sub: randomUUID(), email: newEmail(), email_verified: true };
    await expect(signIn(stranger)).rejects.toMatchObject(REFUSED);
    const { user, email } = await newPerson(all);
    const said = { sub: randomUUID(), email, email_verified: true };
    await signIn(said);
    await all.users.setDisabled(user.id, true);
    await expect(signIn(said)).rejects.toMatchObject(REFUSED);
  });

  it('refuses an invitation that was withdrawn, and uses one only once', async () => {
    const email = newEmail();
    const { invitation } = await all.invitations.invite({ email, role: 'member' }, null);
    await all.invitations.withdraw(invitation.id);
    const said = { sub: randomUUID(), email, email_verified: true };
    await expect(signIn(said)).rejects.toMatchObject(REFUSED);
    const { url } = await all.invitations.invite({ email, role: 'member' }, null);
    await signIn(said);
    await expect(all.invitations.of(secretOf(url))).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['an answer to another flow', { parameters: { state: 'another' } }],
    ['an answer without a state', { parameters: { state: '' } }],
    ['a refusal of the provider', { parameters: { error: 'access_denied', code: '' } }],
    ['an ID token for another flow', { claims: { nonce: 'another' } }],
    ['an ID token for another client', { claims: { aud: 'another' } }],
    ['an ID token of another issuer', { claims: { iss: 'https://another.example' } }],
    ['an ID token that has expired', { claims: { exp: 1 } }],
  ])('refuses %s', async (_what, wrong) => {
    const { email } = await newPerson(all);
    await expect(signIn({ sub: randomUUID(), email, email_verified: true }, wrong)).rejects.toMatchObject(REFUSED);
  });

  it("refuses a flow that is not this browser's, or that was made up", async () => {
    const { email } = await newPerson(all);
    const said = { sub: randomUUID(), email, email_verified: true };
    const [victim, attacker] = [await comeBack(said), await comeBack(said)];
    for (const flow of [victim.flow, '', 'x', attacker.flow.slice(0, -2)])
      await expect(all.upstream.finish(attacker.returned, flow, HERE)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    String.raw`\\evil.example`,
    String.raw`/\evil.example`,
    'javascript:alert(1)',
    'https://servonaut.example.com:444/',
    '/.//evil.example/x',
    '/x/..//evil.example/',
    String.raw`/./\evil.example`,
    'https://servonaut.example.com//evil.example',
  ])('does not send anybody on to %s', async (back) => {
    const { user, email } = await newPerson(all);
    const done = await signIn({ sub: randomUUID(), email, email_verified: true }, { back });
    expect(done).toMatchObject({ user: { id: user.id }, back: '/account' });
  });

  it('takes each answer once, also when the browser still has what it began with', async () => {
    const { email } = await newPerson(all);
    const { returned, flow } = await comeBack({ sub: randomUUID(), email, email_verified: true });
    expect((await all.upstream.finish(returned, flow, HERE)).user.email).toBe(email);
    await expect(all.upstream.finish(returned, flow, HERE)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['has no code', (answer: URLSearchParams) => answer.delete('code')],
    ['has an empty one', (answer: URLSearchParams) => answer.set('code', '')],
    ['has two', (answer: URLSearchParams) => answer.append('code', 'other')],
    ['names two states', (answer: URLSearchParams) => answer.append('state', 'other')],
    ['is of another provider', (answer: URLSearchParams) => answer.set('iss', 'https://evil.example')],
    ['is of another kind', (answer: URLSearchParams) => answer.set('response', 'jwt')],
  ])('refuses an answer that %s, for which the provider is not to blame', async (_what, spoil) => {
    const { returned, flow } = await comeBack({ sub: randomUUID() });
    spoil(returned.searchParams);
    await expect(all.upstream.finish(returned, flow, HERE)).rejects.toMatchObject(REFUSED);
  });

  it('says how the provider recognised somebody, in so many words', async () => {
    const { email } = await newPerson(all);
    const said = { sub: randomUUID(), email, email_verified: true };
    expect((await signIn(said)).methods).toEqual(['upstream']);
    const amr = ['pwd', 'otp', 7, null, '<b>', 'x'.repeat(41), 'mfa', 'hwk', 'swk'];
    expect((await signIn(said, { claims: { amr } })).methods).toEqual(['upstream', 'pwd', 'otp', 'mfa', 'hwk']);
    expect((await signIn(said, { claims: { amr: 'mfa' } })).methods).toEqual(['upstream']);
  });

  describe('when the provider is to ask anew', () => {
    const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds;

    it('tells it so in both ways', async () => {
      const { url } = await all.upstream.begin('/account', HERE, true);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' });
      const other = await all.upstream.begin('/account', HERE);
      expect([...other.url.searchParams.keys()]).not.toEqual(expect.arrayContaining(['prompt']));
      expect([...other.url.searchParams.keys()]).not.toEqual(expect.arrayContaining(['max_age']));
    });

    it.each([
      ['a day ago', () => secondsAgo(86_400)],
      ['a minute before', () => secondsAgo(60)],
      ['it does not say when', () => undefined],
    ])(
      'refuses somebody who has signed in there %s: the browser can have left out what was to be asked',
      async (_what, at) => {
        const { email } = await newPerson(all);
        const claims = { auth_time: at() };
        const said = { sub: randomUUID(), email, email_verified: true };
        await expect(signIn(said, { anew: true, claims })).rejects.toMatchObject({
          ...REFUSED,
          message: expect.stringContaining('just signed in'),
        });
      },
    );

    it('knows from it when that was, and believes it no instant that is yet to come', async () => {
      const { email } = await newPerson(all);
      const said = { sub: randomUUID(), email, email_verified: true };
      const at = secondsAgo(2);
      expect((await signIn(said, { anew: true, claims: { auth_time: at } })).signedInAt).toEqual(new Date(at * 1_000));
      const early = await signIn(said, { anew: true, claims: { auth_time: secondsAgo(-3_600) } });
      expect(Number(early.signedInAt)).toBeLessThanOrEqual(Date.now());
    });

    it('otherwise nobody knows when somebody signed in, whatever it says', async () => {
      const { email } = await newPerson(all);
      const said = { sub: randomUUID(), email, email_verified: true };
      expect((await signIn(said, { claims: { auth_time: secondsAgo(0) } })).signedInAt).toBeNull();
    });
  });

  describe('at a provider that does not do its part', () => {
    const UNAVAILABLE = { code: 'sign_in_unavailable' };
    const DISCOVERY = '/.well-known/openid-configuration';
    let logged: string[];
    let fresh: People;
    beforeEach(async () => {
      logged = [];
      jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => void logged.push(String(text)));
      // Who has asked it what it is does not ask again.
      fresh = await people(connection.database, settings());
    });
    afterEach(() => {
      provider.wrong.clear();
      jest.restoreAllMocks();
    });

    it.each([
      ['is out of order', { status: 500, body: '{}' }],
      ['answers with a page', { type: 'text/html', body: '<p>Welcome' }],
      ['breaks off', { body: '{"issuer": "secret' }],
      ['is another', { body: '{"issuer": "https://another.example"}' }],
    ])('which, asked what it is, %s', async (_what, wrong) => {
      provider.wrong.set(DISCOVERY, wrong);
      await expect(fresh.upstream.begin('/account', HERE)).rejects.toMatchObject(UNAVAILABLE);
      expect(logged).toEqual([expect.stringMatching(/^sign-in at the provider: .*OAUTH_/)]);
      expect(logged.join()).not.toContain('secret');
      provider.wrong.clear();
      expect(await fresh.upstream.begin('/account', HERE)).toHaveProperty('flow');
    });

    it.each([
      ['/token', 'is out of order', { status: 500, body: '{}' }],
      ['/token', 'does not know us', { status: 401, body: '{"error": "invalid_client"}' }],
      ['/token', 'answers with a page', { type: 'text/html', body: 'secret' }],
      ['/token', 'breaks off', { body: '{"access_token": "secret' }],
      ['/token', 'says nothing', { body: '{}' }],
      ['/jwks', 'has no keys', { body: '{"keys": []}' }],
      ['/userinfo', 'is out of order', { status: 503, body: 'secret' }],
    ])('which at %s %s', async (path, _what, wrong) => {
      provider.wrong.set(path, wrong);
      const { returned, flow } = await comeBack({ sub: randomUUID() }, {}, fresh);
      await expect(fresh.upstream.finish(returned, flow, HERE)).rejects.toMatchObject(UNAVAILABLE);
      expect(logged).toEqual([expect.stringMatching(/^sign-in at the provider: .*OAUTH_/)]);
      expect(logged.join()).not.toMatch(/secret|code=|[?&]state/);
    });

    it('which is not there', async () => {
      const gone = await people(connection.database, {
        ...settings(),
        UPSTREAM_ISSUER: `http://127.0.0.1:${await freePort()}`,
      });
      await expect(gone.upstream.begin('/account', HERE)).rejects.toMatchObject(UNAVAILABLE);
      expect(logged).toEqual([expect.stringContaining('ECONNREFUSED')]);
    });

    it('writes nothing into the log that a stranger has put into an address', async () => {
      const parameters = { error: 'x\n{"level":50}', error_description: 'made up', code: '' };
      await expect(signIn({ sub: randomUUID() }, { parameters })).rejects.toMatchObject(UNAVAILABLE);
      expect(logged.join()).not.toMatch(/level|made up|\n/);
    });
  });

  it('is not there without a provider', async () => {
    const { upstream } = await people(connection.database);
    expect(upstream.label).toBeNull();
    await expect(upstream.begin('/account', HERE)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('begins only so often from one address', async () => {
    const { upstream } = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'upstream_address=1/60' });
    await expect(upstream.begin('/account', HERE)).rejects.toMatchObject({ code: 'not_found' });
    await expect(upstream.begin('/account', HERE)).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  it('comes back only so often to one address', async () => {
    const { upstream } = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'upstream_return=1/60' });
    const returned = new URL(UPSTREAM_RETURN_PATH, OURS);
    await expect(upstream.finish(returned, 'made up', HERE)).rejects.toMatchObject(REFUSED);
    await expect(upstream.finish(returned, 'made up', HERE)).rejects.toMatchObject({ code: 'too_many_requests' });
  });
});
