import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';

/** Times that a call is made anew which the service was too busy for. */
const MOST_RETRIES = 4;
const FIRST_WAIT_MS = 500;
/** Longest that is waited because the service asks for it, in milliseconds. */
const LONGEST_WAIT_MS = 30_000;

export interface CloudApiOptions {
  /** As the operator knows it, for errors. */
  readonly service: string;
  /** Without a trailing slash. */
  readonly endpoint: string;
  /** Headers that show who asks; made anew for each call. */
  readonly credentials: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** JSON of a cloud's REST interface, read only. Redirects are not followed: the credentials are for this address alone. */
export class CloudApi {
  readonly #options: CloudApiOptions;

  constructor(options: CloudApiOptions) {
    this.#options = options;
  }

  /**
   * @param query of the address; what is undefined is left out
   * @throws ServonautError saying whether the credentials or the service are at fault
   */
  async get(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<unknown> {
    const url = new URL(`${this.#options.endpoint}${path}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(url);
      if (response.ok) return response.json();
      if (attempt === MOST_RETRIES || !(response.status === 429 || response.status >= 500))
        throw await this.#fault(response);
      await response.body?.cancel();
      await delay(waitMs(response, attempt), undefined, { signal: this.#options.signal });
    }
  }

  async #send(url: URL): Promise<Response> {
    const { service, credentials, signal } = this.#options;
    const headers = { accept: 'application/json', ...(await credentials()) };
    try {
      return await fetch(url, { headers, signal, redirect: 'error' });
    } catch (cause) {
      signal.throwIfAborted();
      throw new ServonautError('unavailable', { message: `${service} cannot be reached.`, cause });
    }
  }

  async #fault(response: Response): Promise<ServonautError> {
    const { service } = this.#options;
    const said = saidIn(await response.text());
    const message = `${service} answered ${response.status}${said === '' ? '' : ` (${said})`}.`;
    if (response.status === 401 || response.status === 403) {
      return new ServonautError('config_invalid', { message, nextStep: `Check your credentials for ${service}.` });
    }
    return new ServonautError('unavailable', { message });
  }
}

function waitMs(response: Response, attempt: number): number {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Math.min(LONGEST_WAIT_MS, Number.isFinite(seconds) ? seconds * 1_000 : FIRST_WAIT_MS * 2 ** attempt);
}

/** What a service says of an error, in the shapes that they use: `{error: {message}}`, `{message}`. */
function saidIn(text: string): string {
  try {
    const body = JSON.parse(text) as { message?: unknown; error?: { message?: unknown } } | null;
    const said = body?.error?.message ?? body?.message;
    return typeof said === 'string' ? said.slice(0, 300) : '';
  } catch {
    // It is no JSON, as when something before the service has answered.
    return '';
  }
}
