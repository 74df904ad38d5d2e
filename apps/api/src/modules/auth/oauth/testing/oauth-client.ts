import { OauthBrowser, pkce, type Authorization, type Page } from './oauth-browser.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

type Answer = Readonly<Record<string, unknown>> & { readonly status: number; readonly error?: string };
type Parameters = Readonly<Record<string, string | null>>;

/** A client, its user and their browser, all of whom do as they are told. */
export class OauthTestClient {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams(form);
    const response = await fetch(this.#origin + path, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body,
    });
    const text = await response.text();
    return { ...(text === '' ? {} : (JSON.parse(text) as object)), status: response.status };
  }

  async register(metadata: object = {}): Promise<Answer> {
    const response = await fetch(`${this.#origin}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'T', redirect_uris: ['http://127.0.0.1/cb'], ...metadata }),
    });
    return { ...((await response.json()) as object), status: response.status };
  }

  /** Asks for a code, signs in as `user` and answers the consent. Parameters that are null are left out. */
  async authorize(
    clientId: string,
    { user = '1', answer = 'yes', browser = new OauthBrowser(this.#origin), ...given }: Person & Given = {},
  ): Promise<Authorization> {
    const { verifier, challenge } = pkce();
    const redirectUri = given.parameters?.['redirect_uri'] ?? 'http://127.0.0.1:4567/cb';
    const parameters: Parameters = {
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'state',
      resource: `${this.#origin}/mcp`,
      scope: 'mcp:tools',
      ...given.parameters,
    };
    const page = await this.answerPrompts(
      browser,
      await browser.ask(`/oauth/authorize?${query(parameters)}`),
      user,
      answer,
    );
    return { answer: Object.fromEntries(page.leftFor?.searchParams ?? []), page, verifier, redirectUri };
  }

  async answerPrompts(browser: OauthBrowser, page: Page, user: string, answer: string): Promise<Page> {
    let current = page;
    while (current.leftFor === null && current.status === 200 && new URL(current.url).pathname.startsWith('/sign-in/'))
      current = await browser.ask(current.url, { user, answer });
    return current;
  }

  redeem(clientId: string, { answer, verifier, redirectUri }: Authorization, given = {}): Promise<Answer> {
    return this.post('/oauth/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code: answer['code'] ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...given,
    });
  }

  refresh(clientId: string, token: unknown, given = {}): Promise<Answer> {
    return this.post('/oauth/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(token),
      ...given,
    });
  }

  askForDevice(given = {}): Promise<Answer> {
    const resource = `${this.#origin}/api`;
    return this.post('/oauth/device', {
      client_id: 'servonaut-cli',
      scope: 'relay:connect credentials',
      resource,
      ...given,
    });
  }

  poll(device: Answer): Promise<Answer> {
    const deviceCode = String(device['device_code']);
    return this.post('/oauth/token', {
      grant_type: DEVICE_GRANT,
      client_id: 'servonaut-cli',
      device_code: deviceCode,
    });
  }

  /** Types the code in, and confirms or aborts. */
  async confirm(userCode: string, press: 'connect' | 'deny', browser = new OauthBrowser(this.#origin)): Promise<Page> {
    const asked = await browser.ask('/device');
    const shown = await browser.ask('/device', { xsrf: xsrfOf(asked), user_code: userCode });
    const xsrf = xsrfOf(shown);
    if (!shown.text.includes('confirm')) return shown;
    const form = { xsrf, user_code: userCode, confirm: 'yes', ...(press === 'deny' && { abort: 'yes' }) };
    return this.answerPrompts(browser, await browser.ask('/device', form), '1', 'yes');
  }
}

interface Person {
  readonly user?: string;
  readonly answer?: string;
  readonly browser?: OauthBrowser;
}

interface Given {
  readonly parameters?: Parameters;
}

function query(parameters: Parameters): URLSearchParams {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== null);
  return new URLSearchParams(given);
}

function xsrfOf({ text }: Page): string {
  return /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
}
