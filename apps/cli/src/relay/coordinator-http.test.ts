import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServonautError, toProblem } from '@servonaut/contracts';
import { StaticToken, type AccessTokens } from '../session/access-tokens.ts';
import { CoordinatorHttp } from './coordinator-http.ts';

describe('calls to the coordinator', () => {
  let server: Server;
  let answer: RequestListener;
  let http: CoordinatorHttp;
  let connections: number;
  const to = (timeoutMs: number, tokens: AccessTokens = new StaticToken('the-token')) => {
    const { port } = server.address() as AddressInfo;
    return new CoordinatorHttp({
      url: `http://127.0.0.1:${port}/base`,
      tokens,
      timeoutMs,
    });
  };

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => answer(request, response));
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    http = to(10_000);
  });
  afterEach(async () => {
    http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('carry the token in the header, and the body as it is', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push([request.method, request.url, request.headers.authorization, request.headers['content-length']]);
      request.resume().on('end', () => response.end('{"ok":true}'));
    };
    expect(await http.call('POST', '/x', '{"ü":1}')).toEqual({ ok: true });
    expect(seen).toEqual([['POST', '/base/x', 'Bearer the-token', '8']]);
  });

  it('share one connection', async () => {
    answer = (_, response) => void response.end('{}');
    for (let n = 0; n < 5; n += 1) await http.call('GET', '/x');
    expect(connections).toBe(1);
  });

  it('go out at once, headers and body in one piece', async () => {
    const pieces: number[] = [];
    server.on('connection', (socket) => socket.on('data', ({ length }: Buffer) => pieces.push(length)));
    answer = (request, response) => void request.resume().on('end', () => response.end('{}'));
    for (let n = 0; n < 5; n += 1) await http.call('POST', '/x', '{"output":"ok"}');
    expect(pieces).toHaveLength(5);
  });

  it('survive a kept connection that was closed under them', async () => {
    answer = (_, response) => void response.end('{}');
    await http.call('GET', '/x');
    answer = (request, response) => {
      if (connections === 1) request.socket.destroy();
      else response.end('{"again":true}');
    };
    expect(await http.call('GET', '/x')).toEqual({ again: true });
  });

  it('give back the error that a problem describes', async () => {
    const problem = toProblem(new ServonautError('request_expired', { message: 'Too late.' }));
    answer = (_, response) => void response.writeHead(410).end(JSON.stringify(problem));
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code: 'request_expired', message: 'Too late.' });
  });

  it.each([
    [401, 'coordinator_unreachable'],
    [403, 'coordinator_unreachable'],
    [404, 'not_found'],
    [413, 'payload_too_large'],
    [429, 'too_many_requests'],
    [502, 'coordinator_unreachable'],
  ])('read a status %i of a proxy as %s', async (status, code) => {
    answer = (_, response) => void response.writeHead(status).end('<html>');
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code });
  });

  it.each([401, 403])('say that something between answered %i, and show it no other token', async (status) => {
    answer = (_, response) => void response.writeHead(status).end('<html>');
    const tokens = { current: () => Promise.resolve('one'), renewed: () => Promise.reject(new Error('renewed')) };
    http = to(10_000, tokens);
    const message = `Something between here and the coordinator answered HTTP ${status}.`;
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ message });
  });

  it('do not follow a redirect with the token', async () => {
    let calls = 0;
    answer = (_, response) => {
      calls += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    };
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code: 'not_found' });
    expect(calls).toBe(1);
  });

  it('give up an answer that does not come, or does not end', async () => {
    http = to(100);
    answer = () => undefined;
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code: 'coordinator_unreachable' });
    answer = (_, response) => void response.writeHead(200).write('{"half":');
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code: 'coordinator_unreachable' });
  });

  it('say so when nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(http.call('GET', '/x')).rejects.toMatchObject({ code: 'coordinator_unreachable' });
  });
});
