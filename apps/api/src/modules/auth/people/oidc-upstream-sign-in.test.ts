import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
    all = await people(connection.database, {
      UPSTREAM_ISSUER: provider.issuer,
      UPSTREAM_CLIENT_ID: UPSTREAM_CLIENT.id,
      UPSTREAM_CLIENT_SECRET: UPSTREAM_CLIENT.secret,
      UPSTREAM_LABEL: 'Example Login',
      SERVONAUT_RATE_LIMITS: 'upstream_address=1000/60',
    });
  }, 60_000);
  beforeEach(() => {
    provider.userinfo = {};
  });
  afterAll(async () => {
    provider.stop();
    await connection.close();
  });

  /** As the browser comes back, unless told otherwise. */
  async function comeBack(
    said: Said,
    wrong: { claims?: object; parameters?: Record<string, string>; back?: string } = {},
  ) {
    const { url, flow } = await all.upstream.begin(wrong.back ?? '/sign-in/uid', HERE);
    const { state = '', nonce } = Object.fromEntries(url.searchParams);
    provider.claims = { ...said, nonce, ...wrong.claims };
    const returned = new URL(UPSTREAM_RETURN_PATH, OURS);
    returned.search = new URLSearchParams({ code: 'code', state, ...wrong.parameters }).toString();
    return { url, flow, returned };
  }

  async function signIn(...given: Parameters<typeof comeBack>) {
    const { returned, flow } = await comeBack(...given);
    return all.upstream.finish(returned, flow);
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
    const { user, back } = await all.upstream.finish(returned, flow);
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
      await expect(all.upstream.finish(attacker.returned, flow)).rejects.toMatchObject(REFUSED);
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
});
