import { createHash, randomBytes } from 'node:crypto';
import type { TestCoordinator } from '@servonaut/testkit';

const REDIRECT_URI = 'http://127.0.0.1:1/callback';
/** Pages between the first and the way back to the agent: sign-in and consent, and some to spare. */
const MOST_PAGES = 6;

interface Page {
  readonly url: URL;
  readonly text: string;
}

/** A browser and the admin in front of it, as far as forms without script need one. */
class Person {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  readonly #answers: Readonly<Record<string, string>>;

  /** @param answers what is filled in, by the name of the field */
  constructor(origin: string, answers: Readonly<Record<string, string>>) {
    this.#origin = origin;
    this.#answers = answers;
  }

  /** Follows redirects, until they lead elsewhere or nowhere. */
  async open(url: URL, form?: URLSearchParams): Promise<Page> {
    const headers = { cookie: this.#cookieHeader(), origin: this.#origin, accept: 'text/html' };
    const response = await fetch(url, { redirect: 'manual', headers, ...(form && { method: 'POST', body: form }) });
    this.#keepCookies(response);
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${url.pathname}: ${response.status} ${text}`);
    const location = response.headers.get('location');
    if (location === null) return { url, text };
    const next = new URL(location, url);
    return next.origin === this.#origin ? this.open(next) : { url: next, text: '' };
  }

  /** Fills in and sends the first form of a page. */
  async answer({ url, text }: Page): Promise<Page> {
    const [, attributes = '', fields = ''] = /<form([^>]*)>(.*?)<\/form>/s.exec(text) ?? [];
    const action = / action="([^"]*)"/.exec(attributes)?.[1] ?? '';
    const named = [...fields.matchAll(/<(?:input|button)\b[^>]*? name="([^"]+)"[^>]*>/g)];
    const form = new URLSearchParams();
    for (const [tag, name = ''] of named) {
      const value = this.#answers[name] ?? / value="([^"]*)"/.exec(tag)?.[1];
      if (value !== undefined) form.set(name, value);
    }
    return this.open(new URL(action, url), form);
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

/** Lets an agent in as its user does, from the invitation on. @returns an access token for `/mcp` */
export async function anAccessToken(coordinator: TestCoordinator): Promise<string> {
  const { url } = coordinator;
  const { invitation_url: invitation } = coordinator.bootstrap();
  const email = 'admin@localhost';
  const person = new Person(url, { email, password: randomBytes(16).toString('hex'), answer: 'allow' });
  await person.answer(await person.open(new URL(invitation)));
  const clientId = await registered(url);
  const verifier = randomBytes(32).toString('base64url');
  let page = await person.open(authorizeUrl(url, clientId, verifier));
  for (let pages = 0; page.url.origin === url && pages < MOST_PAGES; pages++) page = await person.answer(page);
  const code = page.url.searchParams.get('code');
  if (code === null) throw new Error(`the sign-in ended at ${page.url.href}: ${page.text}`);
  return redeemed(url, { client_id: clientId, code, code_verifier: verifier });
}

async function registered(url: string): Promise<string> {
  const body = JSON.stringify({ client_name: 'bench', redirect_uris: [REDIRECT_URI] });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/oauth/register`, { method: 'POST', headers, body });
  return ((await answer.json()) as { client_id: string }).client_id;
}

function authorizeUrl(url: string, clientId: string, verifier: string): URL {
  const authorize = new URL('/oauth/authorize', url);
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    scope: 'mcp:tools',
    resource: `${url}/mcp`,
  }).toString();
  return authorize;
}

async function redeemed(url: string, code: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, ...code });
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`no access token: ${answer.status}`);
  return token;
}
