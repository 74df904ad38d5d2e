import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Invitations } from '../people/invitations.ts';
import { newEmail, PASSWORD } from '../people/testing/people.ts';
import { Browser, hiddenFields } from './testing/browser.ts';
import { startPagesApp } from './testing/pages-app.ts';

/** What they do in a browser is tested in Chromium. */
describe('the pages of passkeys', () => {
  let started: Awaited<ReturnType<typeof startPagesApp>>;
  let browser: Browser;
  beforeAll(async () => {
    started = await startPagesApp();
    const { url } = await started.app.get(Invitations).invite({ email: newEmail(), role: 'member' }, null);
    const { pathname } = new URL(url);
    browser = new Browser(started.url);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
  }, 60_000);
  afterAll(() => started.close());

  it('offer none, and have no script, at an address that browsers make none for', async () => {
    const { text, headers } = await browser.get('/sign-in?again');
    expect(text).not.toMatch(/<script|data-passkey/);
    expect(headers.get('content-security-policy')).not.toContain('script-src');
    expect((await browser.get('/account')).text).toContain('Browsers make none for this coordinator');
  });

  it.each([
    ['no JSON', '{'],
    ['no credential', '{}'],
    ['a credential without a signature', '{"id":"a","rawId":"a","type":"public-key","response":{}}'],
    ['bytes in no form that there is', JSON.stringify({ id: '\0', rawId: '\0', type: 'public-key', response: {} })],
    ['more than any device says', JSON.stringify({ id: 'a'.repeat(13_000) })],
  ])('take no answer that is %s', async (_, credential) => {
    const fields = hiddenFields(await browser.get('/sign-in?again'), '/sign-in');
    expect((await browser.post('/sign-in', { ...fields, challenge: 'x', credential })).status).toBe(400);
  });

  it('refuse what answers no question of theirs', async () => {
    const response = { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA', userHandle: 'AA' };
    const credential = JSON.stringify({ id: 'AA', rawId: 'AA', type: 'public-key', response });
    const fields = hiddenFields(await browser.get('/sign-in?again'), '/sign-in');
    const answer = await browser.post('/sign-in', { ...fields, challenge: 'made up', credential });
    expect([answer.status, answer.location]).toEqual([403, null]);
  });

  it('give their script to browsers to keep', async () => {
    const { headers, text } = await browser.get('/assets/passkeys.js');
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('cache-control')).toContain('max-age');
    expect(text).not.toMatch(/https?:|innerHTML|eval/);
  });
});
