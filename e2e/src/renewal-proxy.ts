import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { freePort } from '@servonaut/testkit';

/** As short as it must be for a renewal within seconds. The coordinator takes the tokens for longer. */
const LIFE_SECONDS = 3;

/** What stands between an executor and a coordinator, and says that tokens live shortly. */
export interface RenewalProxy {
  readonly url: string;
  /** Where the coordinator is. */
  target: string;
  /** Whether the answer to the next renewal gets lost on its way. */
  losesNext: boolean;
  /** Renewals of which the answer arrived. */
  readonly renewals: number;
  stop(): Promise<void>;
}

export async function startRenewalProxy(): Promise<RenewalProxy> {
  const proxy = new Proxy(await freePort());
  await proxy.start();
  return proxy;
}

class Proxy implements RenewalProxy {
  readonly url: string;
  target = '';
  losesNext = false;
  renewals = 0;
  readonly #port: number;
  readonly #server = createServer((request, response) => {
    if (request.url === '/oauth/token') void this.#grant(request, response);
    else this.#pass(request, response);
  });

  constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Piece by piece: the stream of requests goes through here, too. */
  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request;
    const onward = ask(`${this.target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  async #grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { 'content-type': type, accept } = request.headers;
    const headers = { host: request.headers.host, 'content-type': type, accept };
    const onward = ask(`${this.target}${request.url}`, { method: 'POST', headers }, (answer) => {
      void this.#answer(answer, response, body.includes('grant_type=refresh_token'));
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }

  async #answer(answer: IncomingMessage, response: ServerResponse, renews: boolean): Promise<void> {
    const granted = (await json(answer)) as { access_token?: string };
    if (renews && granted.access_token && this.losesNext) {
      this.losesNext = false;
      response.destroy();
      return;
    }
    if (renews && granted.access_token) this.renewals += 1;
    const said = granted.access_token ? { ...granted, expires_in: LIFE_SECONDS } : granted;
    response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
    response.end(JSON.stringify(said));
  }
}
