import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Invitations } from '../people/invitations.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { codeOf, newEmail, PASSWORD } from '../people/testing/people.ts';
import type { Interaction } from '../oauth/interactions.ts';
import { Browser, hiddenFields, type Answer } from './testing/browser.ts';
import { startPagesApp } from './testing/pages-app.ts';

const NEXT_PASSWORD = 'lantern-river-sponge';
const MARKUP = '<script>alert(1)</script>';

const FLOW: Interaction = {
  uid: 'flow-1',
  prompt: 'login',
  client: { id: 'dcr_1', name: `Agent ${MARKUP}`, origin: 'registered' },
  redirectUri: 'http://127.0.0.1:4711/callback',
  accountId: null,
  audience: 'mcp',
  signInSeconds: null,
  missing: ['mcp:tools'],
};

/** The sentence that says what went wrong. */
const alertOf = ({ text }: Answer): string | undefined => /<p role="alert">([^<]*)/.exec(text)?.[1];

describe('the pages', () => {
  let started: Awaited<ReturnType<typeof startPagesApp>>;
  beforeAll(async () => {
    started = await startPagesApp({ SERVONAUT_RATE_LIMITS: 'sign_in_address=1000/900,invitation_address=1000/3600' });
  }, 60_000);
  afterAll(() => started.close());
  afterEach(() => {
    started.interactions.current = undefined;
    started.interactions.refused = undefined;
    started.interactions.ended.length = 0;
  });

  const newBrowser = () => new Browser(started.url);

  /** Somebody who has accepted an invitation in this browser. */
  async function newPerson(email = newEmail()) {
    const { url } = await started.app.get(Invitations).invite({ email, role: 'member' }, null);
    const path = new URL(url).pathname;
    const browser = newBrowser();
    const accepted = await browser.submit(await browser.get(path), path, { password: PASSWORD });
    return { browser, email, path, accepted };
  }

  async function signIn(browser: Browser, email: string, password = PASSWORD): Promise<Answer> {
    return browser.submit(await browser.get('/sign-in'), '/sign-in', { email, password });
  }

  const userIdOf = async (browser: Browser): Promise<string> =>
    (await started.app.get(WebSessions).of(browser.cookies.get('svn_session')))?.userId ?? '';

  describe('invitation', () => {
    it('makes somebody a user, who is signed in', async () => {
      const { browser, email, accepted } = await newPerson();
      expect([accepted.status, accepted.location]).toEqual([303, '/account']);
      expect((await browser.get('/account')).text).toContain(email);
    });

    it('says why a password is not taken, and can still be used', async () => {
      const { url } = await started.app.get(Invitations).invite({ email: newEmail(), role: 'member' }, null);
      const { pathname } = new URL(url);
      const browser = newBrowser();
      const again = await browser.submit(await browser.get(pathname), pathname, { password: 'short' });
      expect([again.status, alertOf(again)]).toEqual([400, 'A password has at least 12 characters.']);
      expect((await browser.submit(again, pathname, { password: PASSWORD })).location).toBe('/account');
    });

    it('is over once it was used', async () => {
      const { path } = await newPerson();
      expect((await newBrowser().get(path)).status).toBe(404);
    });
  });

  describe('sign-in', () => {
    it('leads to the account', async () => {
      const { email } = await newPerson();
      const browser = newBrowser();
      expect(await signIn(browser, email)).toMatchObject({ status: 303, location: '/account' });
      expect((await browser.get('/account')).text).toContain(email);
      expect(await browser.get('/sign-in')).toMatchObject({ status: 303, location: '/account' });
    });

    it('answers alike whether there is such an account or not', async () => {
      const { email } = await newPerson();
      const [known, unknown] = [
        await signIn(newBrowser(), email, 'wrong'),
        await signIn(newBrowser(), newEmail(), 'wrong'),
      ];
      expect(known.status).toBe(403);
      expect(unknown.status).toBe(known.status);
      expect(alertOf(unknown)).toBe(alertOf(known));
    });

    it('shows what was typed in as text, and never the password', async () => {
      const again = await signIn(newBrowser(), `"><b>${MARKUP}`, 'a wrong password');
      expect(again.text).toContain('value="&quot;&gt;&lt;b&gt;');
      expect(again.text).not.toContain(MARKUP);
      expect(again.text).not.toContain('a wrong password');
    });

    it('asks for the second factor, again and again, and takes each code once', async () => {
      const { browser, email } = await newPerson();
      const offer = await browser.submit(await browser.get('/account'), '/account/second-factor');
      const uri = /href="(otpauth:[^"]*)"/.exec(offer.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const wrong = await browser.submit(offer, '/account/second-factor/confirm', { code: '000000' });
      expect(wrong.status).toBe(403);
      const done = await browser.submit(wrong, '/account/second-factor/confirm', { code: codeOf(uri) });
      const recoveryCodes = [...done.text.matchAll(/<li><code>([^<]*)/g)].map(([, code = '']) => code);
      expect(recoveryCodes).toHaveLength(10);

      const other = newBrowser();
      const second = await signIn(other, email);
      expect(second.text).toContain('one-time-code');
      expect((await other.get('/account')).status).toBe(303);
      const refused = await other.submit(second, '/sign-in', { code: '000000' });
      expect(refused.status).toBe(403);
      const code = codeOf(uri, 1);
      expect(await other.submit(refused, '/sign-in', { code })).toMatchObject({ location: '/account' });

      const third = newBrowser();
      const step = await signIn(third, email);
      expect((await third.submit(step, '/sign-in', { code })).status).toBe(403);
      expect((await third.submit(step, '/sign-in', { code: recoveryCodes[0] ?? '' })).location).toBe('/account');
    });

    it('gives the browser a new session, and ends the one it had', async () => {
      const { browser } = await newPerson();
      const before = browser.cookies.get('svn_session');
      const { url } = await started.app.get(Invitations).invite({ email: newEmail(), role: 'member' }, null);
      const { pathname } = new URL(url);
      await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
      expect(browser.cookies.get('svn_session')).not.toBe(before);
      expect(await started.app.get(WebSessions).of(before)).toBeUndefined();
    });

    it('ends with the sign-out', async () => {
      const { browser } = await newPerson();
      const secret = browser.cookies.get('svn_session');
      const answer = await browser.submit(await browser.get('/sign-out'), '/sign-out');
      expect(answer.status).toBe(200);
      expect(browser.cookies.has('svn_session')).toBe(false);
      expect(await started.app.get(WebSessions).of(secret)).toBeUndefined();
      expect(await browser.get('/account')).toMatchObject({ status: 303, location: '/sign-in' });
    });
  });

  describe('flow', () => {
    it('asks who somebody is, and goes on with them', async () => {
      const { email } = await newPerson();
      started.interactions.current = FLOW;
      const browser = newBrowser();
      const page = await browser.get('/sign-in/flow-1');
      const answer = await browser.submit(page, '/sign-in/flow-1', { email, password: PASSWORD });
      expect(answer.location).toBe('/oauth/authorize/resumed');
      expect(started.interactions.ended).toEqual([`signed in ${await userIdOf(browser)} by pwd`]);
    });

    it('does not ask whoever has signed in before', async () => {
      const { browser } = await newPerson();
      started.interactions.current = FLOW;
      expect((await browser.get('/sign-in/flow-1')).location).toBe('/oauth/authorize/resumed');
      expect(started.interactions.ended).toEqual([`signed in ${await userIdOf(browser)} by pwd`]);
    });

    it('is not found at the address of another', async () => {
      started.interactions.current = FLOW;
      expect((await newBrowser().get('/sign-in/flow-2')).status).toBe(404);
    });

    it('says who asks, that nobody knows them, for what, and where the answer goes', async () => {
      const { browser } = await newPerson();
      const missing = ['mcp:tools:run_command', 'admin'] as const;
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: await userIdOf(browser), missing };
      const page = await browser.get('/sign-in/flow-1');
      expect(page.text).not.toContain(MARKUP);
      expect(page.text).toContain('Agent &lt;script&gt;');
      expect(page.text).toContain('nobody has checked who it is');
      expect(page.text).toContain('<code>run_command</code>');
      expect(page.text).toContain('Administer this coordinator');
      expect(page.text).toContain('127.0.0.1:4711');
      expect(page.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:4711;");
    });

    it.each([
      ['allow', 'allowed'],
      ['deny', 'denied'],
    ])('ends with the answer: %s', async (answer, end) => {
      const { browser } = await newPerson();
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: await userIdOf(browser) };
      const page = await browser.get('/sign-in/flow-1');
      await browser.submit(page, '/sign-in/flow-1/consent', { answer });
      expect(started.interactions.ended).toEqual([end]);
    });

    it('leaves it to the person to deny what they may not give', async () => {
      const { browser } = await newPerson();
      const missing = ['admin'] as const;
      started.interactions.refused = 'admin';
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: await userIdOf(browser), missing };
      const action = '/sign-in/flow-1/consent';
      const again = await browser.submit(await browser.get('/sign-in/flow-1'), action, { answer: 'allow' });
      expect([again.status, alertOf(again)]).toEqual([403, 'The token may not do this.']);
      await browser.submit(again, action, { answer: 'deny' });
      expect(started.interactions.ended).toEqual(['denied']);
    });

    it('takes the consent of nobody else', async () => {
      const [{ browser }, { browser: others }] = [await newPerson(), await newPerson()];
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: await userIdOf(browser) };
      const page = await browser.get('/sign-in/flow-1');
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: await userIdOf(others) };
      const answer = await browser.submit(page, '/sign-in/flow-1/consent', { answer: 'allow' });
      expect(answer.status).toBe(409);
      expect((await browser.get('/sign-in/flow-1')).status).toBe(409);
      expect(started.interactions.ended).toEqual([]);
    });

    it('takes no consent after the session has ended', async () => {
      const { browser } = await newPerson();
      const userId = await userIdOf(browser);
      started.interactions.current = { ...FLOW, prompt: 'consent', accountId: userId };
      await started.app.get(WebSessions).endAll(userId);
      expect((await browser.get('/sign-in/flow-1')).status).toBe(409);
    });
  });

  describe('account', () => {
    it('changes the password, and signs out all other browsers', async () => {
      const { browser, email } = await newPerson();
      const other = newBrowser();
      await signIn(other, email);
      const fields = { current: PASSWORD, password: NEXT_PASSWORD };
      const changed = await browser.submit(await browser.get('/account'), '/account/password', fields);
      expect(changed.location).toBe('/account?done=password');
      expect((await browser.get('/account?done=password')).text).toContain('Your password is changed');
      expect((await other.get('/account')).status).toBe(303);
      expect((await signIn(newBrowser(), email, NEXT_PASSWORD)).location).toBe('/account');
    });

    it('says when the password of now is wrong', async () => {
      const { browser } = await newPerson();
      const fields = { current: 'wrong', password: NEXT_PASSWORD };
      const answer = await browser.submit(await browser.get('/account'), '/account/password', fields);
      expect(answer.status).toBe(403);
      expect(alertOf(answer)).toContain('not right');
    });

    it('lists browsers, and ends one of them', async () => {
      const { browser, email } = await newPerson();
      const other = newBrowser();
      await signIn(other, email);
      const page = await browser.get('/account');
      const action = /action="(\/account\/sessions\/[^/"]+\/end)"/.exec(page.text)?.[1] ?? '';
      expect((await browser.submit(page, action)).location).toBe('/account?done=session');
      expect((await other.get('/account')).status).toBe(303);
      expect((await browser.get('/account')).status).toBe(200);
    });

    it('ends nothing of anybody else', async () => {
      const [{ browser }, { browser: others }] = [await newPerson(), await newPerson()];
      const theirs = await started.app.get(WebSessions).of(others.cookies.get('svn_session'));
      const page = await browser.get('/account');
      const token = hiddenFields(page, '/account/second-factor')['form_token'] ?? '';
      const answer = await browser.post(`/account/sessions/${theirs?.id}/end`, { form_token: token });
      expect(answer.status).toBe(403);
      expect((await others.get('/account')).status).toBe(200);
    });
  });

  describe('against forms of other sites', () => {
    it('takes none without the origin of a page of ours', async () => {
      const { browser } = await newPerson();
      const fields = hiddenFields(await browser.get('/sign-out'), '/sign-out');
      for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.example' }])
        expect((await browser.post('/sign-out', fields, headers as Record<string, string>)).status).toBe(403);
      expect((await browser.get('/account')).status).toBe(200);
    });

    it('takes none without a token, nor with one of another browser, session or path', async () => {
      const [{ browser }, { browser: others, email }] = [await newPerson(), await newPerson()];
      const stranger = newBrowser();
      const signedOut = hiddenFields(await stranger.get('/sign-in'), '/sign-in');
      const ofOther = hiddenFields(await others.get('/sign-out'), '/sign-out');
      const ofOtherPath = hiddenFields(await browser.get('/account'), '/account/second-factor');
      for (const fields of [{}, { form_token: '' }, signedOut, ofOther, ofOtherPath])
        expect((await browser.post('/sign-out', fields)).status).toBe(403);
      const login = { ...signedOut, email, password: PASSWORD };
      expect((await newBrowser().post('/sign-in', login)).status).toBe(403);
      expect((await stranger.post('/sign-in', login)).location).toBe('/account');
      expect((await stranger.post('/sign-in', login)).status).toBe(403);
    });

    it('says what to do when the page was too old', async () => {
      const answer = await newBrowser().post('/sign-in', { email: 'a@example.com', password: 'x' });
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(alertOf(answer)).toContain('too old');
    });
  });

  it.each(['/sign-in', '/sign-out', '/invitation/none', '/sign-in/none', '/account'])(
    'says at %s that it may be in no frame, and load nothing from elsewhere',
    async (path) => {
      const { headers } = await newBrowser().get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );

  it('reads no form that is too large, and none with a field twice', async () => {
    const browser = newBrowser();
    const fields = hiddenFields(await browser.get('/sign-in'), '/sign-in');
    expect((await browser.post('/sign-in', { ...fields, email: 'a'.repeat(20_000), password: 'x' })).status).toBe(413);
    const twice = new URLSearchParams({ ...fields, email: 'a@example.com', password: 'x' });
    twice.append('email', 'b@example.com');
    const headers = { origin: started.url, cookie: `svn_visitor=${browser.cookies.get('svn_visitor')}` };
    expect((await fetch(`${started.url}/sign-in`, { method: 'POST', headers, body: twice })).status).toBe(400);
  });

  it('are styled by what the browser may keep', async () => {
    const style = await newBrowser().get('/assets/pages.css');
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.headers.get('cache-control')).toContain('max-age');
  });
});

it('lets the owner of an account in where they have signed in before, while strangers guess from the same address', async () => {
  const SERVONAUT_RATE_LIMITS = 'sign_in_address=2/900,sign_in_account=2/900,sign_in_everywhere=2/900';
  const { url, app, close } = await startPagesApp({ SERVONAUT_RATE_LIMITS });
  const email = newEmail();
  const path = new URL((await app.get(Invitations).invite({ email, role: 'member' }, null)).url).pathname;
  const [owner, stranger] = [new Browser(url), new Browser(url)];
  const signIn = async (browser: Browser, password: string) =>
    (await browser.submit(await browser.get('/sign-in'), '/sign-in', { email, password })).status;
  await owner.submit(await owner.get(path), path, { password: PASSWORD });
  await owner.submit(await owner.get('/sign-out'), '/sign-out');
  const guesses = [await signIn(stranger, 'a'), await signIn(stranger, 'b'), await signIn(stranger, PASSWORD)];
  const comesIn = await signIn(owner, PASSWORD);
  await close();
  expect({ guesses, comesIn }).toEqual({ guesses: [403, 403, 429], comesIn: 303 });
});

it('lets nobody try invitations for ever', async () => {
  const { url, close } = await startPagesApp({ SERVONAUT_RATE_LIMITS: 'invitation_address=2/900' });
  const browser = new Browser(url);
  const statuses: number[] = [];
  for (const secret of ['a', 'b', 'c']) statuses.push((await browser.get(`/invitation/${secret}`)).status);
  await close();
  expect(statuses).toEqual([404, 404, 429]);
});
