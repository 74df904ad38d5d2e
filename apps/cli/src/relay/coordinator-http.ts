import http from 'node:http';
import https from 'node:https';
import { fromProblem, ServonautError } from '@servonaut/contracts';
import type { AccessTokens } from '../session/access-tokens.ts';
import { foreignAnswer } from '../session/foreign-answer.ts';
import { namedProxies } from '../session/proxies.ts';

export interface CoordinatorHttpOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly tokens: AccessTokens;
  /** Milliseconds for one call as a whole. */
  readonly timeoutMs: number;
}

interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** JSON text. */
  readonly body?: string | undefined;
  /** Besides those of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Call extends Asked {
  readonly token: string;
}

/** Largest answer that is read, in bytes: a list of open requests, each at most a body. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * JSON over one kept-alive connection to the coordinator. On `node:http`, because on loopback a small POST takes half of the time that it takes
 * through `fetch`, and every result waits for one. Redirects are not followed: the token is for this address only.
 */
export class CoordinatorHttp {
  readonly #base: URL;
  readonly #options: CoordinatorHttpOptions;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  constructor(options: CoordinatorHttpOptions) {
    this.#options = options;
    this.#base = new URL(options.url);
    const secure = this.#base.protocol === 'https:';
    const kept = { keepAlive: true, proxyEnv: namedProxies() };
    this.#agent = secure ? new https.Agent(kept) : new http.Agent(kept);
    this.#request = secure ? https.request : http.request;
  }

  /**
   * @param body JSON text
   * @throws ServonautError the coordinator's own, or `coordinator_unreachable`
   */
  async call(
    method: Asked['method'],
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return this.#withToken((token) =>
      this.#send({ method, path, body, token, ...(headers && { headers }) }, readAnswer),
    );
  }

  /**
   * An answer of any length. It may take any time, as long as something of it comes now and then.
   * @throws ServonautError as `call`; what breaks off later is an error of the stream
   */
  open(path: string): Promise<http.IncomingMessage> {
    return this.#withToken((token) => this.#send({ method: 'GET', path, token }, (answer) => this.#opened(answer)));
  }

  async #withToken<T>(ask: (token: string) => Promise<T>): Promise<T> {
    const { tokens } = this.#options;
    const token = await tokens.current();
    try {
      return await ask(token);
    } catch (error) {
      const renewed = isRefused(error) ? await tokens.renewed(token) : undefined;
      if (renewed === undefined) throw error;
      return ask(renewed);
    }
  }

  async #opened(answer: http.IncomingMessage): Promise<http.IncomingMessage> {
    const status = answer.statusCode ?? 0;
    if (status < 200 || status >= 300) await readAnswer(answer);
    answer.setTimeout(this.#options.timeoutMs, () => answer.destroy(new Error('timeout')));
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Every endpoint is idempotent, so a kept connection that was closed under us costs one more try and nothing else. */
  #send<T>(call: Call, read: ReadAnswer<T>): Promise<T> {
    return this.#once(call, read).catch((error: unknown) => {
      if (error instanceof StaleConnection) return this.#once(call, read);
      throw error;
    });
  }

  #once<T>(call: Call, read: ReadAnswer<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const request = this.#request(this.#requestOptions(call));
      const deadline = setTimeout(() => request.destroy(new Error('timeout')), this.#options.timeoutMs);
      request.on('close', () => clearTimeout(deadline));
      request.on('error', (error) =>
        reject(request.reusedSocket && isReset(error) ? new StaleConnection() : unreachable(error)),
      );
      request.on('response', (response) => {
        const answered = read(response).finally(() => clearTimeout(deadline));
        answered.then(resolve, reject);
      });
      request.end(call.body);
    });
  }

  #requestOptions({ method, path, body, token, headers }: Call): http.RequestOptions {
    const { protocol, hostname, port, pathname } = this.#base;
    return {
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    };
  }
}

type ReadAnswer<T> = (answer: http.IncomingMessage) => Promise<T>;

/** Whether another token might do. */
function isRefused(error: unknown): boolean {
  return error instanceof ServonautError && ['token_invalid', 'token_expired', 'token_revoked'].includes(error.code);
}

class StaleConnection extends Error {}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function unreachable(error: Error): ServonautError {
  return new ServonautError('coordinator_unreachable', { detail: error.message, cause: error });
}

async function readAnswer(response: http.IncomingMessage): Promise<unknown> {
  const text = await readText(response);
  const status = response.statusCode ?? 0;
  const body = parseJson(text);
  if (status >= 200 && status < 300) return body;
  throw fromProblem(body) ?? foreignAnswer(status);
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`answer of more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw unreachable(error as Error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
