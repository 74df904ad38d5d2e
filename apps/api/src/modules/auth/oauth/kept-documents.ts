import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ClientDocuments } from './client-documents.ts';
import type { OidcRecords } from './oidc-records.ts';

/** How long a document is taken without asking for it again, in seconds, whatever it says itself. */
export const DOCUMENT_SECONDS = { min: 60, max: 3_600 } as const;
/** How long one that could not be fetched is not asked for again, in seconds: each time makes a person or an agent wait. */
const AWAY_SECONDS = 300;
/** In memory, each of a few kilobytes. */
const MOST_FETCHED = 1_000;
/** What the kept ones are among the records of the authorization server. */
export const DOCUMENT_MODEL = 'ClientDocument';

const jsonObject = z.record(z.string(), z.unknown());

interface Fetched {
  readonly body: string;
  readonly freshUntilMs: number;
  isKept: boolean;
}

export interface KeptDocumentParts {
  readonly source: ClientDocuments;
  readonly records: Pick<OidcRecords, 'find' | 'save'>;
  /** Forgets as many kept ones as it takes for one more. */
  readonly makeRoom: () => Promise<void>;
  /** How long one is kept after it was fetched. */
  readonly keptSeconds: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Documents that outlive the library's cache, which goes with each change of keys: those fetched lately in memory, and in the database the last good one of
 * each client that somebody has let in, so that no agent is signed out because its maker's site is away.
 */
export class KeptDocuments extends ClientDocuments {
  readonly #parts: KeptDocumentParts;
  readonly #now: () => number;
  readonly #logger = new Logger('KeptDocuments');
  readonly #fetched = new LRUCache<string, Fetched>({ max: MOST_FETCHED });
  readonly #beingBrought = new Map<string, Promise<boolean>>();

  constructor(parts: KeptDocumentParts) {
    super();
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  async fetch(url: URL, signal: AbortSignal): Promise<Response> {
    const { body, freshUntilMs } = this.#fresh(url) ?? (await this.#fetchNow(url, signal));
    const seconds = Math.ceil((freshUntilMs - this.#now()) / 1_000);
    return new Response(body, { headers: { 'cache-control': `max-age=${seconds}` } });
  }

  /** Whether `fetch` would ask nobody. */
  hasFresh(clientId: string): boolean {
    return this.#fresh(new URL(clientId)) !== undefined;
  }

  /**
   * Sees to it that `fetch` has the document at hand, if need be the last good one: for a client that somebody has let in.
   * @returns whether there is one
   */
  bring(clientId: string): Promise<boolean> {
    const url = new URL(clientId);
    const begun = this.#beingBrought.get(url.href);
    if (begun) return begun;
    const brought = this.#bring(url).finally(() => this.#beingBrought.delete(url.href));
    this.#beingBrought.set(url.href, brought);
    return brought;
  }

  isUnkept(clientId: string): boolean {
    return this.#fetched.get(new URL(clientId).href)?.isKept === false;
  }

  /** Keeps what was fetched as the last good one: once the library has made a client of it, and somebody has let that in. */
  async keep(clientId: string): Promise<void> {
    const { href } = new URL(clientId);
    const document = this.#fetched.get(href);
    if (!document || document.isKept) return;
    await this.#parts.makeRoom();
    await this.#parts.records.save(DOCUMENT_MODEL, href, { body: document.body }, this.#parts.keptSeconds);
    document.isKept = true;
  }

  async #bring(url: URL): Promise<boolean> {
    if (this.#fresh(url)) return true;
    try {
      await this.#fetchNow(url, new AbortController().signal);
      return true;
    } catch (error) {
      this.#logger.warn(`the last good document of ${url.host} is taken, if there is one: ${(error as Error).message}`);
      return this.#bringLastGood(url);
    }
  }

  async #bringLastGood(url: URL): Promise<boolean> {
    const body = (await this.#parts.records.find(DOCUMENT_MODEL, url.href))?.['body'];
    if (typeof body !== 'string') return false;
    this.#remember(url, { body, seconds: AWAY_SECONDS, isKept: true });
    return true;
  }

  async #fetchNow(url: URL, signal: AbortSignal): Promise<Fetched> {
    const response = await this.#parts.source.fetch(url, signal);
    const body = await response.text();
    // A site that is being repaired, or a network that wants a sign-in, answers everything with a page and "200".
    if (!isJsonObject(body)) throw new TypeError('the document is not a JSON object');
    return this.#remember(url, { body, seconds: secondsOf(response), isKept: false });
  }

  #remember({ href }: URL, { body, seconds, isKept }: Pick<Fetched, 'body' | 'isKept'> & { seconds: number }): Fetched {
    const fetched = { body, freshUntilMs: this.#now() + seconds * 1_000, isKept };
    this.#fetched.set(href, fetched);
    return fetched;
  }

  #fresh({ href }: URL): Fetched | undefined {
    const fetched = this.#fetched.get(href);
    return fetched && fetched.freshUntilMs > this.#now() ? fetched : undefined;
  }
}

function isJsonObject(body: string): boolean {
  try {
    return jsonObject.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

/** What the answer says of its own life (RFC 9111 section 5.2.2.1 and 5.3), within bounds. */
function secondsOf({ headers }: Response): number {
  const said = /\bmax-age\s*=\s*"?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1];
  const untilExpiry = (Date.parse(headers.get('expires') ?? '') - Date.now()) / 1_000;
  const seconds = Number(said ?? Math.floor(untilExpiry)) || 0;
  return Math.max(DOCUMENT_SECONDS.min, Math.min(DOCUMENT_SECONDS.max, seconds));
}
