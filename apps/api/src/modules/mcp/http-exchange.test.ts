import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import type { Response } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { HttpExchange } from './http-exchange.ts';
import { eventData } from './testing/event-data.ts';
import { aView } from './testing/fake-relay.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';

const call = (meta: object = {}) => ({
  jsonrpc: '2.0',
  id: 'seven',
  method: 'tools/call',
  params: { name: 'run_command', arguments: { server: 'web-1', command: 'id' }, _meta: meta },
});

describe('the answer to a request of an earlier revision', () => {
  let app: McpTestApp;
  beforeAll(async () => {
    app = await startMcp({ environment: { MCP_KEEPALIVE_MS: '100' } });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.relay.respond = ({ tool, server }) => aView({ tool, server });
  });

  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer token-a',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        ...headers,
      },
      body: JSON.stringify(body),
    });

  it('is JSON when it comes at once', async () => {
    const response = await post(call());
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 'seven', result: { isError: false } });
  });

  it('is JSON when it is an error of the protocol', async () => {
    const response = await post({ ...call(), params: { name: 'rm_rf' } });
    expect(await response.json()).toMatchObject({ id: 'seven', error: { code: -32602 } });
  });

  it('is a stream that ends with it once there was progress', async () => {
    const end = Promise.withResolvers<void>();
    app.relay.respond = async ({ onProgress, tool, server }) => {
      onProgress?.({
        request_id: '0190a0a0-0000-7000-8000-000000000000',
        sequence: 0,
        stream: 'stdout',
        chunk: 'half',
      });
      await end.promise;
      return aView({ tool, server });
    };
    const response = await post(call({ progressToken: 'p' }));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const messages: unknown[] = [];
    for await (const data of eventData(response)) {
      messages.push(JSON.parse(data));
      end.resolve();
    }
    expect(messages).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p', message: 'half' } },
      { id: 'seven', result: { isError: false } },
    ]);
  });

  it('is a stream that ends with it after silence', async () => {
    const end = Promise.withResolvers<void>();
    app.relay.respond = async ({ tool, server }) => end.promise.then(() => aView({ tool, server }));
    const response = await post(call());
    end.resolve();
    const text = await response.text();
    expect(text).toMatch(/^: keepalive\n\n/);
    expect(text).toMatch(/event: message\ndata: \{.*"id":"seven".*\}\n\n$/);
  });

  it('is looked for by as many as ask under one id', async () => {
    const ends = new Map<string | null, () => void>();
    app.relay.respond = ({ tool, server }) =>
      new Promise((resolve) => {
        ends.set(server, () => resolve(aView({ tool, server })));
      });
    const asking = ['web-1', 'web-2'].map(async (server) => {
      const { params, ...rest } = call();
      const response = await post({ ...rest, params: { ...params, arguments: { server, command: 'id' } } });
      return response.text();
    });
    await waitFor(() => ends.size === 2, { what: 'both calls' });
    ends.get('web-2')?.();
    ends.get('web-1')?.();
    const [first, second] = await Promise.all(asking);
    expect(first).toContain('"server":"web-1"');
    expect(second).toContain('"server":"web-2"');
  });

  it.each([
    ['claims the newest revision in its body alone', call({ 'io.modelcontextprotocol/protocolVersion': '2026-07-28' })],
    ['is malformed where the newest revision says who it is', call({ 'io.modelcontextprotocol/protocolVersion': 7 })],
  ])('is a refusal when the request %s', async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: expect.any(Number) } });
  });
});

describe('progress for an agent that does not read', () => {
  const progress = (message: string) =>
    ({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'p', progress: 1, message },
    }) as const;

  it('is left out once enough waits for it', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket())) as Response;
    const exchange = new HttpExchange(response, 60_000);
    exchange.notify(progress('x'.repeat(100_000)));
    const waiting = response.writableLength;
    exchange.notify(progress('more'));
    expect(response.writableLength).toBe(waiting);
    exchange.answer({ jsonrpc: '2.0', id: 1, result: {} });
    expect(response.writableEnded).toBe(true);
  });
});
