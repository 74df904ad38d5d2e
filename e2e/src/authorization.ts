import { createHash, randomBytes } from 'node:crypto';
import type { PersonsBrowser } from './chromium.ts';
import { rest } from './world.ts';

/** A program that somebody has let in. */
export interface LetIn {
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A program that registers itself, and asks for what it is allowed as clients do, without a library between. */
export class Program {
  readonly #url: string;
  readonly #redirect: string;
  readonly #clientId: string;

  private constructor(url: string, redirect: string, clientId: string) {
    this.#url = url;
    this.#redirect = redirect;
    this.#clientId = clientId;
  }

  static async register(url: string): Promise<Program> {
    // The coordinator answers there that it has no such page. Where nobody answers, the browser tries again, a second later.
    const redirect = `${url}/callback`;
    const metadata = { client_name: 'A program', redirect_uris: [redirect] };
    const { body } = await rest(`${url}/oauth/register`, undefined, metadata);
    return new Program(url, redirect, String(body.client_id));
  }

  /** Somebody who is signed in in the browser allows it. */
  async letIn(person: PersonsBrowser, resource: '/mcp' | '/api', scope: string): Promise<LetIn> {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = await this.#askFor(person, { resource: this.#url + resource, scope, code_challenge: challenge });
    const given = { grant_type: 'authorization_code', code, redirect_uri: this.#redirect, code_verifier: verifier };
    return this.#toLetIn(await this.post('/oauth/token', given));
  }

  /** A form for the authorization server. */
  async post(path: string, fields: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const body = new URLSearchParams({ client_id: this.#clientId, ...fields });
    const text = await (await fetch(this.#url + path, { method: 'POST', body })).text();
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  async refresh({ refreshToken }: LetIn): Promise<LetIn> {
    return this.#toLetIn(await this.post('/oauth/token', refreshOf(refreshToken)));
  }

  async #askFor({ page }: PersonsBrowser, given: Readonly<Record<string, string>>): Promise<string> {
    const flow = { response_type: 'code', code_challenge_method: 'S256', redirect_uri: this.#redirect, state: 's' };
    const query = new URLSearchParams({ client_id: this.#clientId, ...flow, ...given });
    await page.goto(`${this.#url}/oauth/authorize?${query.toString()}`);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(`${this.#redirect}?*`);
    return new URL(page.url()).searchParams.get('code') ?? '';
  }

  #toLetIn(tokens: Readonly<Record<string, unknown>>): LetIn {
    const { access_token: accessToken, refresh_token: refreshToken } = tokens;
    if (typeof accessToken !== 'string') throw new Error(`no token: ${JSON.stringify(tokens)}`);
    return { clientId: this.#clientId, accessToken, refreshToken: String(refreshToken) };
  }
}

export function refreshOf(refreshToken: string): Record<string, string> {
  return { grant_type: 'refresh_token', refresh_token: refreshToken };
}
