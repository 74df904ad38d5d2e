import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import { decodeJwt } from 'jose';
import { loadConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { webSessions } from '../../platform/database/schema.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { pkce } from './oauth/testing/oauth-browser.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser, type Answer } from './pages/testing/browser.ts';
import { startOpenidProvider, UPSTREAM_CLIENT, type OpenidProvider } from './people/testing/openid-provider.ts';
import { PASSWORD } from './people/testing/people.ts';
import { Grants, Invitations, WebSessions, type WebSession } from './index.ts';

const REDIRECT = 'http://127.0.0.1:4567/cb';
const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';
const LIMITS = 'sign_in_address=1000/900,sign_in_account=1000/900,upstream_address=1000/900';

/** A page of ours, or the answer that the client gets. */
type End = Answer & { readonly at: string; readonly returned: Readonly<Record<string, string>> };

describe('what a client asks of a sign-in', () => {
  let coordinator: Coordinator;
  let provider: OpenidProvider;
  let client: OauthTestClient;
  let clientId: string;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    provider = await startOpenidProvider();
    const settings = {
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      PORT: '0',
      LOG_LEVEL: 'error',
      SERVONAUT_RATE_LIMITS: LIMITS,
      UPSTREAM_ISSUER: provider.issuer,
      UPSTREAM_CLIENT_ID: UPSTREAM_CLIENT.id,
      UPSTREAM_CLIENT_SECRET: UPSTREAM_CLIENT.secret,
    };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    client = new OauthTestClient(url);
    for (const email of [ADA, GRACE]) await invite(email);
    clientId = String((await client.register({ redirect_uris: [REDIRECT] }))['client_id']);
  }, 60_000);
  afterAll(async () => {
    provider.stop();
    await coordinator.app.close();
  });
  beforeEach(() => {
    browser = new Browser(url);
  });

  async function invite(email: string): Promise<void> {
    const invited = await coordinator.app.get(Invitations).invite({ email, role: 'member' }, null);
    const path = new URL(invited.url).pathname;
    const accepting = new Browser(url);
    await accepting.submit(await accepting.get(path), path, { password: PASSWORD });
  }

  /** Follows the browser while it stays here. */
  async function follow(first: Answer): Promise<End> {
    let [answer, at] = [first, ''];
    while (answer.location !== null && new URL(answer.location, url).origin === url) {
      const { pathname, search } = new URL(answer.location, url);
      at = pathname + search;
      answer = await browser.get(at);
    }
    const returned = answer.location === null ? {} : Object.fromEntries(new URL(answer.location).searchParams);
    return { ...answer, at, returned };
  }

  let verifier = '';
  async function authorize(parameters: Readonly<Record<string, string>> = {}): Promise<End> {
    const pair = pkce();
    verifier = pair.verifier;
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: REDIRECT,
      code_challenge: pair.challenge,
      code_challenge_method: 'S256',
      resource: `${url}/mcp`,
      scope: 'openid mcp:tools',
      ...parameters,
    });
    return follow(await browser.get(`/oauth/authorize?${query}`));
  }

  const signIn = async (page: End, email = ADA): Promise<End> =>
    follow(await browser.submit(page, page.at, { email, password: PASSWORD }));
  const allow = async (page: End): Promise<End> =>
    follow(await browser.submit(page, `${page.at.split('?')[0]}/consent`, { answer: 'allow' }));
  const titleOf = ({ text }: Answer): string | undefined => /<h1>([^<]*)/.exec(text)?.[1];

  async function redeem({ returned }: End) {
    const answer = { code: returned['code'] ?? '' };
    return client.redeem(clientId, { answer, verifier, redirectUri: REDIRECT, page: undefined as never });
  }

  async function sessionNow(): Promise<WebSession> {
    const session = await coordinator.app.get(WebSessions).of(browser.cookies.get('svn_session'));
    if (!session) throw new Error('nobody is signed in');
    return session;
  }

  async function signedInSince(seconds: number): Promise<Date> {
    const signedInAt = new Date(Math.floor(Date.now() / 1_000 - seconds) * 1_000);
    const { id } = await sessionNow();
    await coordinator.app.get<Database>(DATABASE).update(webSessions).set({ signedInAt }).where(eq(webSessions.id, id));
    return signedInAt;
  }

  /** Signed in on the page for it, with no flow yet. */
  async function signedIn(email = ADA): Promise<void> {
    const page = { ...(await browser.get('/sign-in')), at: '/sign-in', returned: {} };
    expect((await signIn(page, email)).at).toBe('/account');
  }

  it.each(['login', 'select_account', 'login consent'])('prompt=%s asks whoever has signed in anew', async (prompt) => {
    await signedIn();
    const asked = await authorize({ prompt });
    expect(titleOf(asked)).toBe('Sign in');
    const before = (await sessionNow()).id;
    const consent = await signIn(asked);
    expect(titleOf(consent)).toBe('Allow access?');
    expect((await sessionNow()).id).not.toBe(before);
    expect((await allow(consent)).returned).toHaveProperty('code');
    expect(titleOf(await authorize({ prompt }))).toBe('Sign in');
  });

  it.each([{}, { max_age: '3600' }, { prompt: 'consent' }])('%j does not', async (parameters) => {
    await signedIn();
    expect(titleOf(await authorize(parameters))).toBe('Allow access?');
    expect(titleOf(await authorize(parameters))).toBe('Allow access?');
  });

  it('max_age asks anew whoever has signed in before that, however the flow came to know them', async () => {
    await signedIn();
    await signedInSince(100);
    expect(titleOf(await authorize({ max_age: '99' }))).toBe('Sign in');
    expect(titleOf(await authorize({ max_age: '3600' }))).toBe('Allow access?');
    const asked = await authorize({ max_age: '99' });
    expect(titleOf(asked)).toBe('Sign in');
    const consent = await signIn(asked);
    expect(titleOf(consent)).toBe('Allow access?');
    expect(titleOf(await authorize({ max_age: '99' }))).toBe('Allow access?');
    expect(titleOf(await authorize({ max_age: '0' }))).toBe('Sign in');
  });

  it('tells the client when the person signed in, not when the flow came to know it', async () => {
    await signedIn();
    const at = await signedInSince(100);
    const given = await redeem(await allow(await authorize({ max_age: '3600' })));
    expect(decodeJwt(String(given['id_token']))).toMatchObject({ auth_time: at.getTime() / 1_000 });
  });

  it('prompt=none shows nothing: nobody has signed in, or somebody would have to consent', async () => {
    expect((await authorize({ prompt: 'none' })).returned).toMatchObject({ error: 'login_required' });
    await signedIn();
    expect((await authorize({ prompt: 'none' })).returned).toMatchObject({ error: 'login_required' });
    await allow(await authorize());
    expect((await authorize({ prompt: 'none' })).returned).toMatchObject({ error: 'consent_required' });
    expect((await authorize({ prompt: 'none login' })).returned).toMatchObject({ error: 'invalid_request' });
  });

  it('lets somebody else sign in in the same browser, and ends nothing of who was there before', async () => {
    await signedIn();
    const given = await redeem(await allow(await authorize()));
    const consent = await signIn(await authorize({ prompt: 'login' }), GRACE);
    expect(titleOf(consent)).toBe('Allow access?');
    expect(consent.text).toContain(GRACE);
    const others = await redeem(await allow(consent));
    const grants = coordinator.app.get(Grants);
    for (const { access_token: token } of [given, others])
      expect(await grants.isInForce(String(decodeJwt(String(token))['gid']))).toBe(true);
    expect(decodeJwt(String(others['access_token'])).sub).not.toBe(decodeJwt(String(given['access_token'])).sub);
  });

  it('lets a flow go on with whoever has signed in meanwhile', async () => {
    await signedIn();
    await authorize();
    await browser.submit(await browser.get('/sign-out'), '/sign-out');
    await signedIn(GRACE);
    const consent = await authorize();
    expect([titleOf(consent), consent.text]).toEqual(['Allow access?', expect.stringContaining(GRACE)]);
  });

  describe('with another provider', () => {
    const now = () => Math.floor(Date.now() / 1_000);

    /** As far as the provider, where Ada agrees, and back. */
    async function elsewhere(page: Answer, change = (link: string) => link, at = now()): Promise<End> {
      const [, link = ''] = /<a href="(\/upstream[^"]*)"/.exec(page.text) ?? [];
      const { location } = await browser.get(change(link.replaceAll('&amp;', '&')));
      const { state = '', nonce } = Object.fromEntries(new URL(location ?? '').searchParams);
      const who = { sub: 'ada', email: ADA, email_verified: true, amr: ['hwk', 'mfa', 7, '<b>'] };
      provider.claims = { ...who, nonce, auth_time: at };
      return follow(await browser.get(`/upstream/return?${new URLSearchParams({ code: 'code', state })}`));
    }

    it('prompt=login is answered by the sign-in there, once', async () => {
      await signedIn();
      const asked = await authorize({ prompt: 'login' });
      const consent = await elsewhere(asked);
      expect(titleOf(consent)).toBe('Allow access?');
      expect((await sessionNow()).methods).toEqual(['upstream', 'hwk', 'mfa']);
      expect(titleOf(await authorize({ prompt: 'login' }))).toBe('Sign in');
    });

    it.each([{ prompt: 'login' }, { max_age: '0' }, { max_age: '3600' }])(
      '%j is not answered by a sign-in there of which nobody knows when it was',
      async (parameters) => {
        const asked = await authorize(parameters);
        expect(titleOf(await elsewhere(asked, (link) => link, now() - 86_400))).not.toBe('Allow access?');
        const again = await elsewhere(asked, (link) => link.replace('&anew=', ''));
        expect(titleOf(again)).toBe('Sign in');
      },
    );

    it('a sign-in there for one flow answers no other', async () => {
      const first = await authorize({ prompt: 'login' });
      const returned = await elsewhere(await browser.get('/sign-in'));
      expect(returned.at).toBe('/account');
      expect(titleOf(await browser.get(first.at))).toBe('Sign in');
      for (const made of ['?signed_in=', '?signed_in=x', '?signed_in=a&signed_in=b'])
        expect(titleOf(await browser.get(first.at + made))).toBe('Sign in');
    });
  });
});
