import type { Clock } from './clock.ts';
import { fromHeaderText, toHeaderText } from './header-text.ts';
import { MercureError } from './mercure-error.ts';

/** The two protocol lines that hubs speak. */
export type HubProtocol = '0.x' | '1.0';

const DIALECTS = {
  '0.x': { selectorParameter: 'topic', cursorHeader: 'last-event-id' },
  '1.0': { selectorParameter: 'match', cursorHeader: 'mercure-last-event-id' },
} as const;

export interface ConnectRequest {
  readonly hubUrl: string;
  readonly topics: readonly string[];
  readonly hubProtocol: HubProtocol;
  readonly token: string;
  readonly lastEventId: string | undefined;
  readonly connectTimeoutMs: number;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Ends the connect, or later the stream, when aborted. */
  readonly connection: AbortController;
}

export interface OpenedStream {
  readonly body: ReadableStream<Uint8Array>;
  /** The id after which the hub says that it replays; undefined when it said nothing. */
  readonly lastEventId: string | undefined;
}

/**
 * Opens one stream. The token travels in the Authorization header only: URLs end up in access logs.
 * @throws MercureError of kind `network`, `timeout`, `unauthorized`, `refused`, `unavailable` or `protocol`.
 */
export async function openStream(request: ConnectRequest): Promise<OpenedStream> {
  const response = await fetchHeaders(request);
  const contentType = response.headers.get('content-type') ?? '';
  if (response.status === 200 && contentType.startsWith('text/event-stream') && response.body) {
    const cursor = response.headers.get(DIALECTS[request.hubProtocol].cursorHeader);
    return { body: response.body, lastEventId: cursor === null ? undefined : fromHeaderText(cursor) };
  }
  response.body?.cancel().catch(() => undefined);
  if (response.status !== 200) throw MercureError.fromStatus(response.status);
  throw new MercureError('protocol', 'The hub answered something else than an event stream.', { status: 200 });
}

async function fetchHeaders(request: ConnectRequest): Promise<Response> {
  const { clock, connectTimeoutMs, connection } = request;
  const timer = clock.setTimeout(() => {
    connection.abort();
  }, connectTimeoutMs);
  try {
    // A redirect is an answer like any other: following it could carry the token to another host.
    const init: RequestInit = { headers: headersOf(request), redirect: 'manual', signal: connection.signal };
    return await request.fetch(subscriptionUrl(request), init);
  } catch (cause) {
    if (connection.signal.aborted) throw new MercureError('timeout', `No answer within ${connectTimeoutMs} ms.`);
    throw new MercureError('network', 'The hub could not be reached.', { cause });
  } finally {
    clock.clearTimeout(timer);
  }
}

function subscriptionUrl(request: ConnectRequest): URL {
  const url = new URL(request.hubUrl);
  for (const topic of request.topics) url.searchParams.append(DIALECTS[request.hubProtocol].selectorParameter, topic);
  return url;
}

function headersOf(request: ConnectRequest): Record<string, string> {
  const headers = {
    accept: 'text/event-stream',
    'cache-control': 'no-cache',
    authorization: `Bearer ${request.token}`,
  };
  if (request.lastEventId === undefined) return headers;
  return { ...headers, 'last-event-id': toHeaderText(request.lastEventId) };
}
