import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { aPrincipal } from './testing/fake-access.ts';
import { aView } from './testing/fake-relay.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';
import { eventData } from './testing/event-data.ts';

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const CALL = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'run_command', arguments: { server: 'web-1', command: 'id' } },
};

describe('/mcp/sse', () => {
  let app: McpTestApp;
  beforeEach(async () => {
    app = await startMcp({ environment: { MCP_KEEPALIVE_MS: '100', MCP_MAX_SSE_SESSIONS_PER_USER: '2' } });
  });
  afterEach(() => app.close());

  const connect = (token = 'token-a', signal?: AbortSignal) =>
    fetch(`${app.url}/mcp/sse`, { headers: { authorization: `Bearer ${token}` }, ...(signal && { signal }) });

  /** The events of a stream, and where its first one says to post. */
  async function session(token = 'token-a') {
    const leave = new AbortController();
    const response = await connect(token, leave.signal);
    const events = eventData(response);
    const endpoint = `${app.url}${(await events.next()).value}`;
    return { response, events, endpoint, leave: () => leave.abort() };
  }

  const post = (endpoint: string, body: unknown, token = 'token-a') =>
    fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const next = async (events: AsyncGenerator<string, void>) => JSON.parse((await events.next()).value ?? '') as object;

  it('streams the answers to what is posted, through proxies that buffer', async () => {
    const { response, events, endpoint } = await session();
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect((await post(endpoint, LIST)).status).toBe(202);
    expect(await next(events)).toMatchObject({ id: 1, result: { tools: expect.any(Array) } });
  });

  it('gives signs of life', async () => {
    const reader = (await connect()).body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(': keep-alive')) text += (await reader.read()).value;
    expect(text).toContain('event: endpoint');
  });

  it.each([
    ['malformed JSON', '{"jsonrpc":', 400, -32700],
    ['something that is no JSON-RPC message', { hello: 1 }, 400, -32600],
    ['a batch', [LIST], 400, -32600],
    ['a text for parameters', { ...CALL, params: 'id' }, 400, -32600],
    ['a method that is a number', { ...CALL, method: 7 }, 400, -32600],
    ['an id that is an object', { ...CALL, id: {} }, 400, -32600],
    ['a member that no message has', { ...CALL, extra: 1 }, 400, -32600],
    ['null', 'null', 400, -32600],
  ])('refuses %s', async (_case, body, status, code) => {
    const { endpoint } = await session();
    const response = await post(endpoint, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it.each([
    ['no parameters', undefined, 'params: expected an object'],
    ['no name', { arguments: {} }, 'params.name: expected the name of a tool'],
    ['a list for arguments', { name: 'run_command', arguments: ['id'] }, 'params.arguments: expected an object'],
    ['null for arguments', { name: 'run_command', arguments: null }, 'params.arguments: expected an object'],
    ['a list for parameters', ['id'], 'params: expected an object'],
    ['a text for _meta', { ...CALL.params, _meta: 'x' }, 'params._meta: expected an object'],
    ['null for _meta', { ...CALL.params, _meta: null }, 'params._meta: expected an object'],
    [
      'a list for progressToken',
      { ...CALL.params, _meta: { progressToken: [] } },
      'params._meta.progressToken: expected',
    ],
  ])('says on the stream what a call with %s lacks', async (_case, params, message) => {
    const { events, endpoint } = await session();
    expect((await post(endpoint, { ...CALL, params })).status).toBe(202);
    expect(await next(events)).toMatchObject({
      id: 2,
      error: { code: -32602, message: expect.stringContaining(message), data: { code: 'invalid_request' } },
    });
  });

  it('answers an unknown session and a missing one', async () => {
    expect((await post(`${app.url}/mcp/message?sessionId=nobody`, LIST)).status).toBe(404);
    expect((await post(`${app.url}/mcp/message`, LIST)).status).toBe(400);
    expect((await post(`${app.url}/mcp/message?sessionId=a&sessionId=b`, LIST)).status).toBe(400);
  });

  it('answers 405 to whoever tries Streamable HTTP here', async () => {
    const response = await post(`${app.url}/mcp/sse`, LIST);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('hides a session from everybody but the credential that opened it', async () => {
    app.verifier.principals.set('token-same-user', aPrincipal({ id: 'cred-9' }));
    const { endpoint } = await session('token-a');
    expect((await post(endpoint, LIST, 'token-b')).status).toBe(404);
    expect((await post(endpoint, LIST, 'token-same-user')).status).toBe(404);
  });

  it('ends the stream when the token is revoked, and cancels what runs', async () => {
    const signals: AbortSignal[] = [];
    const end = Promise.withResolvers<void>();
    app.relay.respond = ({ signal, tool, server }) => {
      signals.push(signal!);
      return end.promise.then(() => aView({ tool, server }));
    };
    const { events, endpoint } = await session();
    await post(endpoint, CALL);
    await waitFor(() => signals.length === 1, { what: 'the call' });
    app.verifier.principals.delete('token-a');
    expect((await events.next()).done).toBe(true);
    expect(signals[0]!.aborted).toBe(true);
    end.resolve();
  });

  it('takes a change of what the credential may do into account while the stream is open', async () => {
    const { events, endpoint } = await session();
    app.verifier.principals.set('token-a', aPrincipal({ tools: ['list_servers'] }));
    await waitFor(
      async () => {
        await post(endpoint, LIST);
        return !JSON.stringify(await next(events)).includes('run_command');
      },
      { what: 'the narrower list', everyMs: 50 },
    );
  });

  it('takes such a change into account at once when it is announced', async () => {
    await app.close();
    app = await startMcp();
    const { events, endpoint } = await session();
    app.verifier.principals.set('token-a', aPrincipal({ tools: ['list_servers'] }));
    app.revocations.announceChange();
    await post(endpoint, LIST);
    expect(JSON.stringify(await next(events))).not.toContain('run_command');
  });

  it('ends a call that the agent cancels', async () => {
    const signals: AbortSignal[] = [];
    const end = Promise.withResolvers<void>();
    app.relay.respond = ({ signal, tool, server }) => {
      signals.push(signal!);
      return end.promise.then(() => aView({ tool, server }));
    };
    const { endpoint } = await session();
    await post(endpoint, CALL);
    await waitFor(() => signals.length === 1, { what: 'the call' });
    await post(endpoint, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
    await waitFor(() => signals[0]!.aborted, { what: 'the cancellation' });
    end.resolve();
  });

  it('bounds the open streams of one user, not those of others, and forgets closed ones', async () => {
    const first = await session();
    await session();
    expect((await connect()).status).toBe(429);
    expect((await connect('token-b')).status).toBe(200);
    first.leave();
    await waitFor(async () => (await connect()).status === 200, { what: 'room for another stream' });
  });

  it('keeps no credential from opening one because another of its user has too many', async () => {
    const environment = { MCP_MAX_SSE_SESSIONS_PER_CREDENTIAL: '1', MCP_MAX_SSE_SESSIONS_PER_USER: '2' };
    const limited = await startMcp({ environment });
    const statusAs = async (token: string): Promise<number> =>
      (await fetch(`${limited.url}/mcp/sse`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await statusAs('token-a'), await statusAs('token-a')]).toEqual([200, 429]);
    expect([await statusAs('token-narrow'), await statusAs('token-narrow')]).toEqual([200, 429]);
    await limited.close();
  });
});
