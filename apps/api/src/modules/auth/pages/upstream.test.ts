import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, PASSWORD } from '../people/testing/people.ts';
import { startOpenidProvider, UPSTREAM_CLIENT, type OpenidProvider } from '../people/testing/openid-provider.ts';
import { Invitations } from '../people/invitations.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { Browser } from './testing/browser.ts';
import { startPagesApp } from './testing/pages-app.ts';

describe('the sign-in at another provider', () => {
  let provider: OpenidProvider;
  let started: Awaited<ReturnType<typeof startPagesApp>>;
  const email = newEmail();

  beforeAll(async () => {
    provider = await startOpenidProvider();
    started = await startPagesApp({
      UPSTREAM_ISSUER: provider.issuer,
      UPSTREAM_CLIENT_ID: UPSTREAM_CLIENT.id,
      UPSTREAM_CLIENT_SECRET: UPSTREAM_CLIENT.secret,
      UPSTREAM_LABEL: 'Example <Login>',
    });
    const invitations = started.app.get(Invitations);
    const { url } = await invitations.invite({ email, role: 'member' }, null);
    await invitations.accept(new URL(url).pathname.replace('/invitation/', ''), PASSWORD);
  }, 60_000);
  afterAll(async () => {
    provider.stop();
    await started.close();
  });

  const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds;

  /**
   * As far as the provider, where the person agrees.
   * @param at when the provider says that they have signed in
   * @returns the path that the provider sends the browser back to.
   */
  async function agree(browser: Browser, back: string, { anew = '', at = secondsAgo(0) } = {}): Promise<string> {
    const sent = await browser.get(`/upstream?back=${encodeURIComponent(back)}${anew}`);
    const { state = '', nonce } = Object.fromEntries(new URL(sent.location ?? '').searchParams);
    provider.claims = { sub: '1', email, email_verified: true, nonce, auth_time: at };
    return `/upstream/return?${new URLSearchParams({ code: 'code', state })}`;
  }

  it('is offered by its name', async () => {
    const { text } = await new Browser(started.url).get('/sign-in');
    expect(text).toContain('<a href="/upstream?back=%2Fsign-in">Sign in with Example &lt;Login&gt;</a>');
  });

  it('leads back to where it was begun, signed in', async () => {
    const browser = new Browser(started.url);
    expect(await browser.get(await agree(browser, '/sign-in'))).toMatchObject({ status: 303, location: '/sign-in' });
    expect((await browser.get('/account')).text).toContain(email);
    expect(browser.cookies.has('svn_upstream')).toBe(false);
  });

  it('is to make sure again of who has signed in before', async () => {
    const browser = new Browser(started.url);
    await browser.get(await agree(browser, '/sign-in'));
    expect((await browser.get('/sign-in?again')).text).toContain('href="/upstream?back=%2Fsign-in&amp;anew="');
    const asked = await browser.get('/upstream?back=%2Fsign-in&anew=');
    expect(new URL(asked.location ?? '').searchParams.get('prompt')).toBe('login');
  });

  it('lets nobody change how they sign in whom the provider has only remembered, nor whoever sits at their browser', async () => {
    const browser = new Browser(started.url);
    const stale = async () => (await browser.get('/account')).text.includes('To change it, ');
    await browser.get(await agree(browser, '/account'));
    expect(await stale()).toBe(true);
    const dayAgo = secondsAgo(86_400);
    const before = browser.cookies.get('svn_session');
    const refused = await browser.get(await agree(browser, '/sign-in', { anew: '&anew=', at: dayAgo }));
    expect([refused.status, refused.text.includes('just signed in')]).toEqual([403, true]);
    expect([browser.cookies.get('svn_session'), await stale()]).toEqual([before, true]);
    await browser.get(await agree(browser, '/sign-in', { anew: '&anew=' }));
    expect(await stale()).toBe(false);
  });

  it('leads to no other site', async () => {
    const browser = new Browser(started.url);
    expect(await browser.get(await agree(browser, 'https://evil.example/'))).toMatchObject({ location: '/account' });
  });

  it('says on a page that the provider does not answer, and lets the person try again', async () => {
    const browser = new Browser(started.url);
    const path = await agree(browser, '/account');
    provider.wrong.set('/token', { status: 500, body: 'secret' });
    const answer = await browser.get(path);
    provider.wrong.clear();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('The provider at which people sign in does not answer as it should.');
    expect(answer.text).not.toContain('secret');
    expect((await browser.get(await agree(browser, '/account'))).location).toBe('/account');
  });

  it('gives the browser a new session, and ends the one it had', async () => {
    const browser = new Browser(started.url);
    await browser.get(await agree(browser, '/account'));
    const before = browser.cookies.get('svn_session');
    await browser.get(await agree(browser, '/account'));
    expect(browser.cookies.get('svn_session')).not.toBe(before);
    expect(await started.app.get(WebSessions).of(before)).toBeUndefined();
  });

  it('ends in the browser in which it was begun, and nowhere else', async () => {
    const path = await agree(new Browser(started.url), '/account');
    const victim = new Browser(started.url);
    expect((await victim.get(path)).status).toBe(403);
    expect(victim.cookies.has('svn_session')).toBe(false);
  });
});
