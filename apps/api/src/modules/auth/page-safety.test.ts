import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { routesOf } from '../../testing/routes-of.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser, type Answer } from './pages/testing/browser.ts';
import { PASSWORD } from './people/testing/people.ts';
import { Invitations, WebSessions } from './index.ts';

const EMAIL = 'ada@example.com';
const PAGE = /^\/(?:sign-in|sign-out|account|invitation|upstream)(?:\/|$)/;

/** Pages of the authorization server's library, within ours; the last two are errors. */
const LIBRARY_PAGES = ['/device', '/device?user_code=BBBB-BBBB', '/device/unknown', '/oauth/authorize?client_id=x'];

/** What nothing on a page may do, in a directive of its policy. */
const POLICY = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"];

/** Each attack on pages in general, on every page there is. What is about one page alone is tested with that page. */
describe('every page', () => {
  let coordinator: Coordinator;
  let url: string;
  let stranger: Browser;
  let person: Browser;
  let gets: string[] = [];
  let posts: string[] = [];

  beforeAll(async () => {
    const limits = 'invitation_address=1000/60,sign_in_address=1000/60,flow_address=1000/60,user_code_address=1000/60';
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
    coordinator = await startCoordinator(loadConfig({ ...settings, SERVONAUT_RATE_LIMITS: limits }), () => undefined);
    url = coordinator.config.publicUrl;
    [stranger, person] = [new Browser(url), new Browser(url)];
    const pages = routesOf(coordinator).filter(({ path }) => PAGE.test(path));
    const paths = (method: string) =>
      pages.filter((route) => route.method === method).map(({ path }) => path.replaceAll(/:\w+/g, 'unknown'));
    [gets, posts] = [[...paths('GET'), ...LIBRARY_PAGES], paths('POST')];
    await accept(person);
  }, 60_000);
  afterAll(() => coordinator.app.close());

  async function accept(browser: Browser): Promise<void> {
    const { url: link } = await coordinator.app
      .get(Invitations)
      .invite({ email: `${crypto.randomUUID()}${EMAIL}`, role: 'member' }, null);
    const { pathname } = new URL(link);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
  }

  async function forEachPage(check: (path: string, answer: Answer) => void): Promise<void> {
    for (const browser of [stranger, person]) for (const path of gets) check(path, await browser.get(path));
  }

  it('is known to this test', () => {
    expect(gets.length).toBeGreaterThan(9);
    expect(posts.length).toBeGreaterThan(11);
  });

  it('is in nobody’s frame, loads nothing from elsewhere, and is kept nowhere', async () => {
    await forEachPage((path, { headers }) => {
      const policy = headers.get('content-security-policy') ?? '';
      for (const directive of POLICY) expect([path, policy]).toEqual([path, expect.stringContaining(directive)]);
      expect([path, policy]).toEqual([path, expect.not.stringMatching(/unsafe|\*|https?:|data:/)]);
      expect([path, headers.get('cache-control')]).toEqual([path, expect.stringContaining('no-store')]);
      expect([path, headers.get('referrer-policy')]).toEqual([path, 'same-origin']);
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null]);
    });
  });

  it('has neither a script nor a style of its own, and names no other site', async () => {
    await forEachPage((path, { text, headers }) => {
      // The library's one page with a script, which its policy names by hash.
      const hashed = headers.get('content-security-policy')?.includes("'sha256-");
      if (!hashed)
        expect([path, text]).toEqual([path, expect.not.stringMatching(/<script>|\son\w+=|<style|\sstyle=/i)]);
      const named = [...text.matchAll(/(?:src|href|action)="(?:https?:)?\/\/([^/"]+)/g)].map(([, host]) => host);
      expect([path, named.filter((host) => host !== new URL(url).host)]).toEqual([path, []]);
    });
  });

  it('leads nowhere else', async () => {
    const tricks = ['/%2F/evil.example', '/sign-in?back=https://evil.example/', '/account?back=//evil.example'];
    for (const path of [...gets, ...tricks])
      for (const browser of [stranger, person]) {
        const { location } = await browser.get(path);
        if (location !== null) expect(new URL(location, url).origin).toBe(url);
      }
  });

  it('gives no cookie to scripts or to forms of other sites', async () => {
    const cookiesOf = async (path: string): Promise<string[]> => {
      const answer = await fetch(url + path, { redirect: 'manual' });
      await answer.body?.cancel();
      return answer.headers.getSetCookie();
    };
    for (const path of gets)
      for (const cookie of await cookiesOf(path))
        expect(cookie.toLowerCase()).toMatch(/; samesite=lax.*httponly|; httponly.*samesite=lax/);
  });

  it('takes no form of another site, none without a site, and none that is not from a page of ours', async () => {
    const others: Record<string, string>[] = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: url },
    ];
    for (const path of posts)
      for (const headers of others) {
        const answer = await person.post(path, { current: PASSWORD, password: PASSWORD, answer: 'allow' }, headers);
        expect([path, headers, answer.status]).toEqual([path, headers, 403]);
      }
    expect((await person.get('/account')).status).toBe(200);
  });

  it('knows nobody by a session that was planted before they signed in', async () => {
    const victim = new Browser(url);
    const attacker = new Browser(url);
    await accept(attacker);
    for (const planted of [attacker.cookies.get('svn_session') ?? '', 'made-up']) {
      victim.keep('svn_session', planted);
      await accept(victim);
      expect(victim.cookies.get('svn_session')).not.toBe(planted);
      expect(await coordinator.app.get(WebSessions).of(planted)).toBeUndefined();
    }
    expect((await attacker.get('/account')).location).toBe('/sign-in');
  });
});

describe('over https', () => {
  const publicUrl = 'https://servonaut.example.com';
  let coordinator: Coordinator;
  let local: string;

  beforeAll(async () => {
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
    coordinator = await startCoordinator(loadConfig({ ...settings, PUBLIC_URL: publicUrl }), () => undefined);
    local = `http://127.0.0.1:${(coordinator.app.getHttpServer().address() as AddressInfo).port}`;
  }, 60_000);
  afterAll(() => coordinator.app.close());

  /** A device asks for a code, and somebody confirms it in the browser. @returns the page to which that leads */
  async function confirmDevice(browser: Browser): Promise<string> {
    const device = await new OauthTestClient(local).askForDevice({ resource: `${publicUrl}/api` });
    const user_code = String(device['user_code']);
    const xsrf = (page: Answer): string => /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const shown = await browser.post('/device', { xsrf: xsrf(await browser.get('/device')), user_code });
    const { location } = await browser.post('/device', { xsrf: xsrf(shown), user_code, confirm: 'yes' });
    return new URL(location ?? '', publicUrl).pathname;
  }

  it('lets no other host plant a cookie, and sends none to who listens', async () => {
    const browser = new Browser(publicUrl, local);
    expect(await confirmDevice(browser)).toMatch(/^\/sign-in\//);
    for (const path of ['/sign-in', '/device']) await browser.get(path);
    const names = [...browser.cookies.keys()].sort();
    expect(names).toEqual(['__Host-svn_oauth', '__Host-svn_oauth.sig', '__Host-svn_visitor']);
    for (const line of browser.lines)
      expect(line).toMatch(/^__Host-[^;]+(?=.*; path=\/(;|$))(?=.*; secure)(?!.*domain)/i);
  });

  it('leads nobody into a flow that another browser has begun, whatever was planted in theirs', async () => {
    const [attacker, victim] = [new Browser(publicUrl, local), new Browser(publicUrl, local)];
    const flow = await confirmDevice(attacker);
    await victim.get('/sign-in');
    for (const [name, value] of attacker.cookies) if (name !== '__Host-svn_visitor') victim.keep(name, value);
    expect((await victim.get(flow)).status).toBe(404);
    expect((await attacker.get(flow)).status).toBe(200);
  });
});
