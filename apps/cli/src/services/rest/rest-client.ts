import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { CoordinatorHttp, type CoordinatorHttpOptions } from '../../relay/coordinator-http.ts';
import { retry } from '../../relay/retry.ts';

/** Filters of a list; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How long it is tried to get an answer that was lost, in milliseconds from the first try. */
const RETRIED_MS = 10_000;
const BACKOFF = { baseMs: 250, maxMs: 2_000 };
/** No answer, or none yet. */
const LOST: readonly string[] = ['coordinator_unreachable', 'unavailable', 'request_in_progress'];

/**
 * What users and admins do over REST, with answers as they came: whether one is what it should be is checked, and nothing that a newer coordinator
 * has added is lost. Every method throws ServonautError only.
 */
export class RestClient {
  readonly #http: CoordinatorHttp;

  constructor(options: CoordinatorHttpOptions) {
    this.#http = new CoordinatorHttp(options);
  }

  async read<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return checked(schema, await this.#again(() => this.#http.call('GET', path + searchOf(query))));
  }

  /** An answer of any length, read as it comes. */
  open(path: string, query: Query = {}): Promise<Readable> {
    return this.#http.open(path + searchOf(query));
  }

  /** Makes something once, however often its answer is lost: each try has the same `Idempotency-Key`. */
  async make<T>(path: string, schema: z.ZodType<T>, body: object = {}): Promise<T> {
    const headers = { 'idempotency-key': randomUUID() };
    return checked(schema, await this.#again(() => this.#http.call('POST', path, JSON.stringify(body), headers)));
  }

  /** @param version that was read; when it is another by now, nothing is done */
  async change<T>(path: string, schema: z.ZodType<T>, body: object, version: number): Promise<T> {
    return checked(schema, await this.#http.call('PATCH', path, JSON.stringify(body), ifMatch(version)));
  }

  /** Something is there from now on, or still. */
  async put<T>(path: string, schema: z.ZodType<T>, body: object = {}): Promise<T> {
    return checked(schema, await this.#again(() => this.#http.call('PUT', path, JSON.stringify(body))));
  }

  async remove<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return checked(schema, await this.#http.call('DELETE', path + searchOf(query)));
  }

  close(): void {
    this.#http.close();
  }

  #again(ask: () => Promise<unknown>): Promise<unknown> {
    const isFinal = (error: unknown): boolean => !(error instanceof ServonautError && LOST.includes(error.code));
    return retry(ask, { ...BACKOFF, isFinal, giveUpAt: Date.now() + RETRIED_MS });
  }
}

/** What has no body. */
export const nothing = z.undefined();

function checked<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return answer as T;
  throw new ServonautError('coordinator_unreachable', {
    message: 'What answers at this URL does not speak as a coordinator of this version does.',
    nextStep: 'Check the URL, and that command line and coordinator are of about the same version.',
    detail: z.prettifyError(result.error),
  });
}

/** See the entity tags of the coordinator (RFC 9110 section 8.8.3). */
function ifMatch(version: number): Record<string, string> {
  return { 'if-match': `"${version}"` };
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}
