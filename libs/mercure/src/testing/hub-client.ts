import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { HubUnderTest } from './hubs-under-test.ts';
import { publisherToken, subscriberToken } from './tokens.ts';

export type Fields = [name: string, value: string][];

/** A plain publish request, so that tests can also send what the publisher never would. */
export async function post(hub: HubUnderTest, fields: Fields, headers?: Record<string, string>): Promise<Response> {
  const authorization = `Bearer ${await publisherToken(hub)}`;
  const body = new URLSearchParams(fields);
  return fetch(hub.url, { method: 'POST', body, headers: headers ?? { authorization } });
}

export function get(hub: HubUnderTest, query: Fields, headers: Record<string, string> = {}): Promise<Response> {
  const parameters = new URLSearchParams(query);
  return fetch(`${hub.url}?${parameters.toString()}`, { headers });
}

export interface OpenStream {
  readonly response: Response;
  readonly events: readonly EventSourceMessage[];
  /** All that arrived so far. */
  readonly text: string;
  readonly comments: number;
  readonly ended: 'no' | 'cleanly' | 'broken';
  close(): void;
}

export interface StreamRequest {
  readonly topics?: readonly string[];
  /** What the token grants; null for no token. */
  readonly grant?: readonly string[] | null;
  readonly token?: string;
  readonly query?: Fields;
  readonly headers?: Record<string, string>;
}

const open = new Set<AbortController>();

/** Ends what the tests of a file left open. */
export function closeStreams(): void {
  for (const stream of open) stream.abort();
  open.clear();
}

/** Opens a stream and collects what comes. Without topics and grant, everything. */
export async function openStream(hub: HubUnderTest, request: StreamRequest = {}): Promise<OpenStream> {
  const { topics = ['*'], grant = ['*'], query = [], headers = {} } = request;
  const token = request.token ?? (grant === null ? undefined : await subscriberToken(hub, grant));
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const connection = new AbortController();
  open.add(connection);
  const url = new URL(hub.url);
  for (const [name, value] of [...topics.map((topic) => ['topic', topic] as const), ...query]) {
    url.searchParams.append(name, value);
  }
  const response = await fetch(url, { headers: { ...authorization, ...headers }, signal: connection.signal });
  return collect(response, connection);
}

function collect(response: Response, connection: AbortController): OpenStream {
  const events: EventSourceMessage[] = [];
  const stream = { response, events, text: '', comments: 0, ended: 'no' as OpenStream['ended'], close };
  const parser = createParser({ onEvent: (event) => events.push(event), onComment: () => (stream.comments += 1) });
  function close(): void {
    connection.abort();
  }
  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const text = decoder.decode(chunk as Uint8Array, { stream: true });
      stream.text += text;
      parser.feed(text);
    }
  }
  read().then(
    () => (stream.ended = 'cleanly'),
    () => (stream.ended = 'broken'),
  );
  return stream;
}
