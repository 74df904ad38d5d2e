import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';

/** Times that a call is made anew which the service was too busy for. */
const MOST_RETRIES = 4;
const FIRST_WAIT_MS = 500;
/** Longest that is waited because the service asks for it, in milliseconds. */
const LONGEST_WAIT_MS = 30_000;
/** How a connection fails that the service closed while a request was on its way, as it may one that it kept open. */
const BROKEN = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export interface CloudApiOptions {
  /** As the operator knows it, for errors. */
  readonly service: string;
  /** Without a trailing slash. */
  readonly endpoint: string;
  /** Headers that show who asks; made anew for each call. */
  readonly credentials: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

type Query = Readonly<Record<string, string | number | undefined>>;
type Init = Readonly<{ method?: string; headers?: Readonly<Record<string, string>> | undefined; body?: string }>;

/** JSON of a cloud's REST interface. Redirects are not followed: the credentials are for this address alone. */
export class CloudApi {
  readonly #options: CloudApiOptions;

  constructor(options: CloudApiOptions) {
    this.#options = options;
  }

  /**
   * @param query of the address; what is undefined is left out
   * @throws ServonautError saying whether the credentials or the service are at fault
   */
  async get(path: string, query: Query = {}): Promise<unknown> {
    const response = await this.#answered(this.#url(path, query), {}, (status) => status === 429 || status >= 500);
    return response.json();
  }

  /**
   * Asks for a change; what is answered is not read. It is asked for anew only when the service says that it was too busy to look at it.
   * @throws ServonautError as `get`
   */
  async post(
    path: string,
    { query = {}, body }: { readonly query?: Query; readonly body?: Readonly<Record<string, unknown>> } = {},
  ): Promise<void> {
    const headers = body && { 'content-type': 'application/json' };
    const init = { method: 'POST', ...(body && { headers, body: JSON.stringify(body) }) };
    const response = await this.#answered(this.#url(path, query), init, (status) => status === 429);
    await response.body?.cancel();
  }

  #url(path: string, query: Query): URL {
    const url = new URL(`${this.#options.endpoint}${path}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    return url;
  }

  async #answered(url: URL, init: Init, isToBeAskedAgain: (status: number) => boolean): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(url, init);
      if (response.ok) return response;
      if (attempt === MOST_RETRIES || !isToBeAskedAgain(response.status)) throw await this.#fault(response);
      await response.body?.cancel();
      await delay(waitMs(response, attempt), undefined, { signal: this.#options.signal });
    }
  }

  /** What only reads is sent once more where the connection broke (RFC 9110, section 9.2.2); a change may have been made. */
  async #send(url: URL, { headers: own, ...init }: Init): Promise<Response> {
    const { service, credentials, signal } = this.#options;
    const headers = { accept: 'application/json', ...own, ...(await credentials()) };
    const sent = (): Promise<Response> => fetch(url, { ...init, headers, signal, redirect: 'error' });
    try {
      return await sent().catch((error: unknown) => {
        if (init.method === undefined && isBroken(error)) return sent();
        throw error;
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw new ServonautError('unavailable', { message: `${service} cannot be reached.`, cause });
    }
  }

  async #fault(response: Response): Promise<ServonautError> {
    const { service } = this.#options;
    const said = saidIn(await response.text());
    const message = `${service} answered ${response.status}${said === '' ? '' : ` (${said})`}.`;
    if (response.status === 403) return new ServonautError('cloud_refused', { message });
    if (response.status === 401) {
      return new ServonautError('config_invalid', { message, nextStep: `Check your credentials for ${service}.` });
    }
    return new ServonautError('unavailable', { message });
  }
}

function isBroken(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return BROKEN.has(cause?.code);
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
