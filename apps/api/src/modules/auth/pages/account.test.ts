import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { webSessions } from '../../../platform/database/schema.ts';
import { Grants } from '../oauth/grants.ts';
import { OidcRecords } from '../oauth/oidc-records.ts';
import { Invitations } from '../people/invitations.ts';
import { codeOf, newEmail, PASSWORD } from '../people/testing/people.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { Browser, hiddenFields, type Answer } from './testing/browser.ts';
import { startPagesApp } from './testing/pages-app.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

const codesOf = ({ text }: Answer): string[] => [...text.matchAll(/<li><code>([^<]*)/g)].map(([, code = '']) => code);
const uriOf = ({ text }: Answer): string =>
  /href="(otpauth:[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#39;', "'") ?? '';

describe('the account page', () => {
  let started: Awaited<ReturnType<typeof startPagesApp>>;
  beforeAll(async () => {
    started = await startPagesApp({ SERVONAUT_RATE_LIMITS: 'sign_in_address=1000/900,invitation_address=1000/3600' });
  }, 60_000);
  afterAll(() => started.close());

  async function newPerson() {
    const email = newEmail();
    const { url } = await started.app.get(Invitations).invite({ email, role: 'member' }, null);
    const { pathname } = new URL(url);
    const browser = new Browser(started.url);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
    const session = await started.app.get(WebSessions).of(browser.cookies.get('svn_session'));
    if (!session) throw new Error('nobody has signed in');
    return { browser, email, session };
  }

  /** As if the person had signed in long ago. */
  async function age(id: string): Promise<void> {
    const database = started.app.get<Database>(DATABASE);
    await database.update(webSessions).set({ signedInAt: LONG_AGO }).where(eq(webSessions.id, id));
  }

  async function setUp(browser: Browser): Promise<{ uri: string; codes: string[] }> {
    const offer = await browser.submit(await browser.get('/account'), '/account/second-factor');
    const uri = uriOf(offer);
    const done = await browser.submit(offer, '/account/second-factor/confirm', { code: codeOf(uri) });
    return { uri, codes: codesOf(done) };
  }

  it('shows the key of an authenticator as a picture, as text and as a link, also after a wrong code', async () => {
    const { browser } = await newPerson();
    const offer = await browser.submit(await browser.get('/account'), '/account/second-factor');
    const wrong = await browser.submit(offer, '/account/second-factor/confirm', { code: '000000' });
    expect(wrong.status).toBe(403);
    for (const { text } of [offer, wrong]) {
      expect(text).toMatch(/role="img" aria-label="[^"]+"><svg [^>]*viewBox/);
      expect(text).toMatch(/<code>([A-Z2-7]{4} ){7}[A-Z2-7]{4}<\/code>/);
      expect(text).not.toContain('<script');
    }
    expect(uriOf(wrong)).toBe(uriOf(offer));
  });

  it('makes new recovery codes, and shows them once', async () => {
    const { browser } = await newPerson();
    const { codes } = await setUp(browser);
    const answer = await browser.submit(await browser.get('/account'), '/account/second-factor/codes');
    expect(codesOf(answer)).toHaveLength(10);
    expect(codesOf(answer).filter((code) => codes.includes(code))).toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('has whoever signed in long ago sign in again before they change how they sign in', async () => {
    const { browser, email, session } = await newPerson();
    const { uri } = await setUp(browser);
    const fresh = await browser.get('/account');
    await age(session.id);
    const stale = await browser.get('/account');
    expect(stale.text).toContain('href="/sign-in?again"');
    const passwords = { current: PASSWORD, password: 'lantern-river-sponge' };
    for (const action of ['/account/second-factor/codes', '/account/second-factor/remove', '/account/password']) {
      expect(stale.text).not.toContain(action);
      const refused = await browser.submit(fresh, action, passwords);
      expect([refused.status, refused.text.includes('sign in again to change this')]).toEqual([403, true]);
    }

    const again = await browser.get('/sign-in?again');
    const second = await browser.submit(again, '/sign-in', { email, password: PASSWORD });
    await browser.submit(second, '/sign-in', { code: codeOf(uri, 1) });
    const removed = await browser.submit(await browser.get('/account'), '/account/second-factor/remove');
    expect(removed.location).toBe('/account?done=second-factor-removed');
  });

  it('says how many codes were wrong, whatever came of it', async () => {
    const { browser, email } = await newPerson();
    const { uri } = await setUp(browser);
    expect((await browser.get('/account')).text).not.toContain('Wrong codes');
    const other = new Browser(started.url);
    const second = await other.submit(await other.get('/sign-in'), '/sign-in', { email, password: PASSWORD });
    const wrong = await other.submit(second, '/sign-in', { code: codeOf(uri, 7) });
    expect((await browser.get('/account')).text).toContain('since your last right one: 1;');
    await other.submit(wrong, '/sign-in', { code: codeOf(uri, 1) });
    expect((await other.get('/account')).text).toContain('the one before: 1.');
  });

  it('sets up no authenticator for whoever signed in long ago', async () => {
    const { browser, session } = await newPerson();
    const fields = hiddenFields(await browser.get('/account'), '/account/second-factor');
    await age(session.id);
    expect((await browser.post('/account/second-factor', fields)).status).toBe(403);
  });

  it('says in words what an agent may do, since when, and when it last did, and keeps those of one client together', async () => {
    const { browser, session } = await newPerson();
    const records = started.app.get(OidcRecords);
    const resources = { [`${started.url}/mcp`]: 'mcp:tools:get_logs' };
    for (const name of ['laptop', 'desktop'])
      await records.save('Grant', name, { accountId: session.userId, clientId: 'dcr_1', resources }, 3_600);
    const { text } = await browser.get('/account');
    expect(text.match(/<bdi>dcr_1<\/bdi>/g)).toHaveLength(1);
    expect(text.match(/action="\/account\/agents\/[^"]+\/end"/g)).toHaveLength(2);
    expect(text.match(/Call the tool <code>get_logs<\/code>/g)).toHaveLength(2);
    expect(text).toMatch(/Since <time [^>]*>[^<]+<\/time>, last used <time/);
    expect(text).not.toContain('mcp:tools');
  });

  it('ends the access of all agents at once, and of nobody else', async () => {
    const [one, other] = [await newPerson(), await newPerson()];
    const [records, grants] = [started.app.get(OidcRecords), started.app.get(Grants)];
    for (const { session } of [one, one, other])
      await records.save('Grant', randomUUID(), { accountId: session.userId, clientId: 'dcr_1' }, 3_600);
    const ended = await one.browser.submit(await one.browser.get('/account'), '/account/agents/end');
    expect(ended.location).toBe('/account?done=agents');
    const left = [await grants.list(one.session.userId), await grants.list(other.session.userId)];
    expect(left.map(({ length }) => length)).toEqual([0, 1]);
    expect((await one.browser.get('/account')).text).not.toContain('/account/agents/end');
  });

  it('changes no address: whoever has it is who they are', async () => {
    const { browser, email } = await newPerson();
    const { text } = await browser.get('/account');
    expect(text).toContain('An admin can change the address.');
    expect(text).not.toMatch(/name="email"/);
    expect(text).toContain(email);
  });
});
