import { OauthTestClient } from '../../oauth/testing/oauth-client.ts';
import type { Answer, Browser } from './browser.ts';

/**
 * What the command line gets when the person of a signed-in browser connects it, through the pages of a whole coordinator.
 * @param asked in place of what it asks for
 */
export async function signInDevice(
  url: string,
  browser: Browser,
  asked: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const client = new OauthTestClient(url);
  const device = await client.askForDevice(asked);
  const form = ({ text }: Answer) => ({
    xsrf: /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '',
    user_code: String(device['user_code']),
  });
  const shown = await browser.post('/device', form(await browser.get('/device')));
  const confirmed = await browser.post('/device', { ...form(shown), confirm: 'yes' });
  const consent = await follow(url, browser, confirmed);
  await follow(url, browser, await browser.submit(consent, `${consent.at}/consent`, { answer: 'allow' }));
  return client.poll(device);
}

async function follow(url: string, browser: Browser, first: Answer): Promise<Answer & { at: string }> {
  let [answer, at] = [first, ''];
  while (answer.location !== null) {
    const { pathname, search } = new URL(answer.location, url);
    at = pathname + search;
    answer = await browser.get(at);
  }
  return { ...answer, at };
}
