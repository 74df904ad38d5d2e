import type { Coordinator } from '../../../start.ts';
import { Invitations } from '../index.ts';
import { pkce } from '../oauth/testing/oauth-browser.ts';
import { OauthTestClient } from '../oauth/testing/oauth-client.ts';
import { Browser, type Answer } from '../pages/testing/browser.ts';
import { PASSWORD } from '../people/testing/people.ts';

const REDIRECT = 'http://127.0.0.1:4567/cb';
/** What an agent sends along, to know its own flow by. */
export const AGENT_STATE = 'state-of-the-client';

type Shown = Answer & { readonly at: string };

/** Somebody who has an account at a coordinator, and lets agents in there. */
export class SigningInPerson {
  readonly #url: string;
  readonly #email: string;
  readonly #client: OauthTestClient;

  private constructor(url: string, email: string) {
    this.#url = url;
    this.#email = email;
    this.#client = new OauthTestClient(url);
  }

  static async invited({ app, config }: Coordinator, email: string): Promise<SigningInPerson> {
    const invited = await app.get(Invitations).invite({ email, role: 'member' }, null);
    const path = new URL(invited.url).pathname;
    const browser = new Browser(config.publicUrl);
    await browser.submit(await browser.get(path), path, { password: PASSWORD });
    return new SigningInPerson(config.publicUrl, email);
  }

  /** Follows the browser while it stays here. */
  async follow(browser: Browser, first: Answer): Promise<Shown> {
    let [answer, at] = [first, ''];
    while (answer.location !== null && new URL(answer.location, this.#url).origin === this.#url) {
      const { pathname, search } = new URL(answer.location, this.#url);
      at = pathname + search;
      answer = await browser.get(at);
    }
    return { ...answer, at };
  }

  async signIn(browser: Browser, page: Shown): Promise<Shown> {
    return this.follow(browser, await browser.submit(page, page.at, { email: this.#email, password: PASSWORD }));
  }

  /** From a bare address to the answer of the authorization server, as an agent and its user do it. */
  async answerAgent(answer: 'allow' | 'deny', { scope = 'mcp:tools', resource = '/mcp' } = {}) {
    const registered = await this.#client.register({ redirect_uris: [REDIRECT], client_name: 'An agent' });
    const clientId = String(registered['client_id']);
    const { verifier, challenge } = pkce();
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: REDIRECT, state: AGENT_STATE };
    const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
    const query = new URLSearchParams({ ...asked, ...proof, resource: this.#url + resource, scope });
    const browser = new Browser(this.#url);
    const begun = await this.follow(browser, await browser.get(`/oauth/authorize?${query.toString()}`));
    const consent = await this.signIn(browser, begun);
    const done = await this.follow(browser, await browser.submit(consent, `${consent.at}/consent`, { answer }));
    const returned = Object.fromEntries(new URL(done.location ?? '').searchParams);
    return { clientId, consent, returned, verifier, challenge };
  }

  /** The same to its tokens. */
  async letIn(asked: { scope?: string; resource?: string } = {}) {
    const answered = await this.answerAgent('allow', asked);
    const { clientId, returned, verifier } = answered;
    const authorization = { answer: returned, verifier, redirectUri: REDIRECT, page: undefined as never };
    const tokens = await this.#client.redeem(clientId, authorization);
    const [token, refreshToken] = [String(tokens['access_token']), String(tokens['refresh_token'])];
    return { ...answered, token, refreshToken };
  }
}
