import { createHash, randomBytes } from 'node:crypto';

/** A browser as far as these flows need one: it keeps cookies by their path, and follows redirects until they lead elsewhere. */
export class OauthBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async ask(address: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    const url = new URL(address, this.#origin);
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: this.#header(), accept: 'text/html' },
      ...(form && { body: new URLSearchParams(form) }),
    });
    this.#take(response);
    const location = response.headers.get('location');
    const text = await response.text();
    const next = location === null ? undefined : new URL(location, url);
    if (next?.origin === this.#origin) return this.ask(next.href);
    return { status: response.status, url: url.href, text, headers: response.headers, leftFor: next ?? null };
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  forget(name: string): void {
    this.#cookies.delete(name);
  }

  #header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #take(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
  /** Where the browser was sent that is not here. */
  readonly leftFor: URL | null;
}

/** What a client keeps from asking to redeeming. */
export interface Authorization {
  readonly answer: Readonly<Record<string, string>>;
  readonly page: Page;
  readonly verifier: string;
  readonly redirectUri: string;
}

export function pkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
