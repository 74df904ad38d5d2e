import { lookup } from 'node:dns/promises';
import { get } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { Logger } from '@nestjs/common';
import { ClientDocuments } from './client-documents.ts';
import { isPublicAddress } from './public-address.ts';

/** From the first question to the last byte. */
const TIMEOUT_MS = 2_500;
/** What the draft asks servers to take (OAuth Client ID Metadata Document section 6.6). */
const MOST_BYTES = 5_120;
const HTTPS_PORT = 443;

const KEPT_HEADERS = ['cache-control', 'expires'] as const;

interface Address {
  readonly address: string;
  readonly family: number;
}

/** What the documents are fetched from: the open internet, on the port of https alone. */
export interface DocumentNetwork {
  resolve(host: string): Promise<readonly Address[]>;
  mayConnect(address: string, port: number): boolean;
  /** Certificates to believe in place of the usual ones. */
  readonly ca?: string;
}

const INTERNET: DocumentNetwork = {
  resolve: (host) => lookup(host, { all: true }),
  mayConnect: (address, port) => port === HTTPS_PORT && isPublicAddress(address),
};

/**
 * Fetches what strangers name. A name is looked up once, every address that it has must be allowed, and only those are connected to: between
 * two look-ups a stranger's name server could answer differently. No redirect is followed, no proxy is used, and nothing of ours is sent.
 */
export class HttpsClientDocuments extends ClientDocuments {
  readonly #network: DocumentNetwork;
  readonly #logger = new Logger('ClientDocuments');

  constructor(network: DocumentNetwork = INTERNET) {
    super();
    this.#network = network;
  }

  async fetch(url: URL, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#get(url, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
    } catch (cause) {
      this.#logger.warn(`no document from ${url.host}: ${(cause as Error).message}`);
      throw new TypeError('the document was not fetched', { cause });
    }
  }

  async #get(url: URL, signal: AbortSignal): Promise<Response> {
    const addresses = await beforeAbort(this.#addresses(url), signal);
    const response = await this.#answer(url, addresses, signal);
    try {
      return await documentOf(response);
    } finally {
      response.destroy();
    }
  }

  async #addresses({ protocol, username, password, hostname, port }: URL): Promise<readonly Address[]> {
    if (protocol !== 'https:' || username || password) throw new Error('not an https address without a user');
    const host = hostname.replace(/^\[|\]$/g, '');
    const family = isIP(host);
    const found = family === 0 ? await this.#network.resolve(host) : [{ address: host, family }];
    const isAllowed = ({ address }: Address) => this.#network.mayConnect(address, Number(port || HTTPS_PORT));
    if (found.length > 0 && found.every(isAllowed)) return found;
    throw new Error('not on the open internet');
  }

  #answer(url: URL, addresses: readonly Address[], signal: AbortSignal): Promise<IncomingMessage> {
    const { ca } = this.#network;
    return new Promise((resolve, reject) => {
      const options = {
        // A connection of its own, that no proxy of the environment and no earlier look-up has a part in.
        agent: false,
        signal,
        lookup: pinned(addresses),
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
        ...(ca !== undefined && { ca }),
      } as const;
      get(url, options, (response) => resolve(addAbortSignal(signal, response))).on('error', reject);
    });
  }
}

/** In place of a look-up: what was found and checked before. */
function pinned(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function documentOf(response: IncomingMessage): Promise<Response> {
  const { statusCode, headers } = response;
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  const body = await bounded(response);
  const kept = KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  return new Response(body, { headers: kept.map(([name, value]) => [name, value]) });
}

async function bounded(response: AsyncIterable<Buffer>): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A look-up cannot be called off; its answer is then not waited for. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
