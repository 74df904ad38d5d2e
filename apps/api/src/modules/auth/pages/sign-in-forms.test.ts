import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Invitations } from '../people/invitations.ts';
import { newEmail, PASSWORD } from '../people/testing/people.ts';
import { Browser } from './testing/browser.ts';
import { startPagesApp } from './testing/pages-app.ts';

describe('a second click', () => {
  let started: Awaited<ReturnType<typeof startPagesApp>>;
  let email: string;
  let browser: Browser;
  beforeAll(async () => {
    started = await startPagesApp();
  }, 60_000);
  afterAll(() => started.close());

  beforeEach(async () => {
    email = newEmail();
    const { url } = await started.app.get(Invitations).invite({ email, role: 'member' }, null);
    const { pathname } = new URL(url);
    browser = new Browser(started.url);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
  });

  /** The browser as it is before it has the answer to another click. */
  function asBefore(): Browser {
    const before = new Browser(started.url);
    for (const [name, value] of browser.cookies) before.keep(name, value);
    return before;
  }

  it('on the sign-in signs in like the first, whether that has been answered or not', async () => {
    const page = await browser.get('/sign-in?again');
    const [first, second, third] = [asBefore(), asBefore(), asBefore()];
    const click = (from: Browser) => from.submit(page, '/sign-in', { email, password: PASSWORD });
    const answers = [...(await Promise.all([click(first), click(second)])), await click(third)];
    expect(answers.map(({ location }) => location)).toEqual(['/account', '/account', '/account']);
    for (const one of [first, second, third]) expect((await one.get('/account')).text).toContain(email);
  });

  it('on the sign-out signs out like the first', async () => {
    const page = await browser.get('/sign-out');
    const [first, second, third] = [asBefore(), asBefore(), asBefore()];
    const click = (from: Browser) => from.submit(page, '/sign-out');
    const answers = [...(await Promise.all([click(first), click(second)])), await click(third)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
