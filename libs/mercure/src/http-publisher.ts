import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { v7 as uuidv7 } from 'uuid';
import { MercureError } from './mercure-error.ts';
import { assertValidUpdate, type Update } from './update.ts';

export interface HttpPublisherOptions {
  /** Address of the hub, usually ending in `/.well-known/mercure`. */
  readonly hubUrl: string;
  /** Asked for each update; the provider decides how long it keeps a token. */
  readonly token: () => string | Promise<string>;
  /** Time for one update from having the token to the receipt, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** Connections to the hub; further updates wait for one. Default 32. */
  readonly maxConnections?: number;
}

/** Longest receipt that is read, in bytes: it is an id. */
const MAX_RECEIPT_BYTES = 65_536;

/** Publishes to a hub over kept-alive HTTP connections. */
export class HttpPublisher {
  readonly #url: URL;
  readonly #token: () => string | Promise<string>;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent;
  readonly #request: typeof httpRequest;

  constructor(options: HttpPublisherOptions) {
    this.#url = new URL(options.hubUrl);
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    const secure = this.#url.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: options.maxConnections ?? 32 };
    this.#agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
    this.#request = secure ? httpsRequest : httpRequest;
  }

  /**
   * Resolves with the update's id once the hub has taken it. An update whose connection broke on re-use is sent once
   * more with the same id, so subscribers may see one id twice and never a lost one.
   * @throws MercureError; after `timeout` and `network` the hub may have taken the update.
   */
  async publish(update: Update): Promise<string> {
    assertValidUpdate(update);
    const id = update.id || `urn:uuid:${uuidv7()}`;
    const form = encodeForm({ ...update, id });
    const token = await this.#freshToken();
    const receipt = await this.#send(form, token, AbortSignal.timeout(this.#timeoutMs));
    return receipt || id;
  }

  /** Closes the idle connections and breaks the busy ones. */
  close(): void {
    this.#agent.destroy();
  }

  async #freshToken(): Promise<string> {
    try {
      return await this.#token();
    } catch (cause) {
      throw new MercureError('token', 'No token could be had for the hub.', { cause });
    }
  }

  async #send(form: string, token: string, signal: AbortSignal, isRepeated = false): Promise<string> {
    const request = this.#request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(form),
      },
    });
    try {
      return await receiptOf(request, form);
    } catch (error) {
      if (error instanceof MercureError) throw error;
      if (signal.aborted) throw new MercureError('timeout', `The hub took longer than ${this.#timeoutMs} ms.`);
      // The hub closed an idle connection in the moment in which it was used again.
      if (request.reusedSocket && !isRepeated) return this.#send(form, token, signal, true);
      throw new MercureError('network', 'The hub could not be reached.', { cause: error });
    }
  }
}

function encodeForm(update: Update & { id: string }): string {
  const form = new URLSearchParams();
  for (const topic of update.topics) form.append('topic', topic);
  form.append('data', update.data);
  form.append('id', update.id);
  if (update.private) form.append('private', 'on');
  if (update.type) form.append('type', update.type);
  if (update.retry) form.append('retry', String(update.retry));
  return form.toString();
}

async function receiptOf(request: ClientRequest, form: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end(form);
  });
  const receipt = await readReceipt(response);
  const status = response.statusCode ?? 0;
  if (status !== 200) throw MercureError.fromStatus(status);
  return receipt;
}

async function readReceipt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_RECEIPT_BYTES) throw new MercureError('protocol', 'The receipt of the hub is too long.');
  }
  return Buffer.concat(chunks).toString('utf8');
}
