import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { aView } from './testing/fake-relay.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';

const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'run_command', arguments: { server: 'web-1', command: 'id' } },
};

describe('/mcp', () => {
  let app: McpTestApp;
  beforeAll(async () => {
    app = await startMcp({ environment: { MCP_KEEPALIVE_MS: '100' } });
  });
  afterAll(() => app.close());

  const post = (body: unknown, init: RequestInit = {}, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer token-a',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });

  it.each([
    ['malformed JSON', '{"jsonrpc":', 400, -32700],
    ['an empty body', '', 400, -32600],
    ['something that is no JSON-RPC message', { hello: 1 }, 400, -32600],
    ['a batch', [CALL, CALL], 400, -32600],
    ['a text for parameters', { ...CALL, params: 'id' }, 400, -32600],
    ['a method that is a number', { ...CALL, method: 7 }, 400, -32600],
    ['an id that is an object', { ...CALL, id: {} }, 400, -32600],
    ['a member that no message has', { ...CALL, extra: 1 }, 400, -32600],
    ['null', 'null', 400, -32600],
    ['a number', '42', 400, -32600],
    ['a text', '"x"', 400, -32600],
    ['a body of more than 4 MiB', { ...CALL, pad: 'x'.repeat(5 * 1024 * 1024) }, 413, -32000],
  ])('refuses %s', async (_case, body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code, message: expect.any(String) } });
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
  ])('says what a call with %s lacks', async (_case, params, message) => {
    const response = await post({ ...CALL, params });
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32602,
        message: expect.stringContaining(message),
        data: { code: 'invalid_request', next_step: expect.any(String), retryable: false },
      },
    });
  });

  it('answers a message that is none with its id, where it has one', async () => {
    expect(await (await post({ ...CALL, id: 'seven', params: 'x' })).json()).toMatchObject({
      id: 'seven',
      error: { code: -32600, message: expect.stringContaining('params: expected'), data: { code: 'invalid_request' } },
    });
    expect(await (await post({ jsonrpc: '2.0', method: 1, params: 'bar' })).json()).toMatchObject({ id: null });
  });

  it('says so to an agent of revision 2026-07-28 too', async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const body = { ...CALL, params: { name: 'run_command', arguments: [], _meta } };
    const response = await post(body, {}, { 'mcp-protocol-version': '2026-07-28' });
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32602, data: { code: 'invalid_request' } } });
  });

  it('refuses a body that is not declared as JSON', async () => {
    const response = await post(CALL, {}, { 'content-type': 'text/plain' });
    expect(response.status).toBe(415);
  });

  it('refuses a client that does not say what it accepts', async () => {
    const response = await post(CALL, {}, { accept: 'text/html' });
    expect(response.status).toBe(406);
  });

  it('refuses a revision that does not exist', async () => {
    const response = await post(CALL, {}, { 'mcp-protocol-version': '1999-01-01' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('1999-01-01') } });
  });

  it('answers an unknown method with -32601', async () => {
    const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/destroy' });
    expect(await response.text()).toContain('-32601');
  });

  it.each(['GET', 'DELETE', 'PUT'])('refuses %s', async (method) => {
    const response = await fetch(`${app.url}/mcp`, { method, headers: { authorization: 'Bearer token-a' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('tells who it is and that it runs nothing itself', async () => {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const text = await (await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params })).text();
    expect(text).toContain('"serverInfo":{"name":"servonaut"');
    expect(text).toContain('executes nothing itself');
  });

  it('gives signs of life while a command runs in silence', async () => {
    const end = Promise.withResolvers<void>();
    app.relay.respond = async ({ tool, server }) => end.promise.then(() => aView({ tool, server }));
    const response = await post(CALL);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toMatch(/^: keepalive/);
    end.resolve();
    await reader.cancel();
  });

  it('cancels the request when the agent closes the stream', async () => {
    const end = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    app.relay.respond = ({ signal, tool, server }) => {
      signals.push(signal!);
      return end.promise.then(() => aView({ tool, server }));
    };
    const leave = new AbortController();
    const left = post(CALL, { signal: leave.signal }).then((response) => response.text());
    await waitFor(() => signals.length === 1, { what: 'the call' });
    leave.abort();
    await expect(left).rejects.toThrow('aborted');
    await waitFor(() => signals[0]!.aborted, { what: 'the cancellation' });
    end.resolve();
  });

  describe('with a session id', () => {
    const introduce = async (token = 'token-a'): Promise<string> => {
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      const answer = await post(
        { jsonrpc: '2.0', id: 0, method: 'initialize', params },
        {},
        { authorization: `Bearer ${token}` },
      );
      await answer.text();
      return answer.headers.get('mcp-session-id')!;
    };
    const cancel = (headers: Record<string, string>, requestId: string | number = 1) =>
      post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }, {}, headers);
    const held = async (session: string) => {
      const end = Promise.withResolvers<void>();
      const signals: AbortSignal[] = [];
      app.relay.respond = ({ signal, tool, server }) => {
        signals.push(signal!);
        return end.promise.then(() => aView({ tool, server }));
      };
      const answer = post(CALL, {}, { 'mcp-session-id': session }).then((response) => response.text());
      const signal = await waitFor(() => signals[0], { what: 'the call' });
      return { answer, signal, end: end.resolve };
    };

    it('cancels a call by a message of the agent that made it', async () => {
      const session = await introduce();
      const { answer, signal, end } = await held(session);
      expect((await cancel({ 'mcp-session-id': session })).status).toBe(202);
      expect(signal.aborted).toBe(true);
      end();
      expect(await answer).not.toContain('jsonrpc');
    });

    it('lets nobody else cancel it: another session, another id, another token with the same session', async () => {
      const session = await introduce();
      const { answer, signal, end } = await held(session);
      for (const refused of [
        await cancel({ 'mcp-session-id': await introduce() }),
        await cancel({ 'mcp-session-id': session }, '1'),
        await cancel({ 'mcp-session-id': session, authorization: 'Bearer token-b' }),
        await cancel({}),
      ])
        expect(refused.status).toBe(202);
      expect(signal.aborted).toBe(false);
      end();
      expect(await answer).toContain('exit 0');
    });
  });

  it('passes a trace context on, and nothing that only looks like one', async () => {
    app.relay.calls.length = 0;
    app.relay.respond = ({ tool, server }) => aView({ tool, server });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await (await post({ ...CALL, params: { ...CALL.params, _meta: { traceparent } } })).text();
    await (await post({ ...CALL, params: { ...CALL.params, _meta: { traceparent: 'x\ny' } } })).text();
    expect(app.relay.calls.map((call) => call.traceparent)).toEqual([traceparent, undefined]);
  });

  it('forwards no progress to an agent that did not ask for it', async () => {
    app.relay.calls.length = 0;
    app.relay.respond = ({ tool, server }) => aView({ tool, server });
    await (await post(CALL)).text();
    expect(app.relay.calls[0]).not.toHaveProperty('onProgress');
  });
});

describe('a stopping coordinator', () => {
  it('lets a running call be answered', async () => {
    const app = await startMcp();
    const end = Promise.withResolvers<void>();
    app.relay.respond = async ({ tool, server }) => end.promise.then(() => aView({ tool, server }));
    const answer = fetch(`${app.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer token-a',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        connection: 'close',
      },
      body: JSON.stringify(CALL),
    }).then((response) => response.text());
    await waitFor(() => app.relay.calls.length === 1, { what: 'the call' });
    const closed = app.close();
    end.resolve();
    expect(await answer).toContain('exit 0');
    await closed;
  });
});
