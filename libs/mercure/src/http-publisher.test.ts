import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpPublisher, type HttpPublisherOptions } from './http-publisher.ts';
import { closed, describeEachHub, listen } from './testing/hubs-under-test.ts';
import { publisherToken } from './testing/tokens.ts';

const UPDATE = { topics: ['a'], data: 'x', private: true };
const stops: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

function publisherTo(hubUrl: string, options: Partial<HttpPublisherOptions> = {}): HttpPublisher {
  const publisher = new HttpPublisher({ hubUrl, token: () => 'token', ...options });
  stops.push(async () => publisher.close());
  return publisher;
}

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  stops.push(() => closed(server));
  return listen(server);
}

describeEachHub('publishing to the $name', ({ start }) => {
  it('gives the id that was chosen or made', async () => {
    const hub = await start();
    stops.push(() => hub.stop());
    const publisher = publisherTo(hub.url, { token: () => publisherToken(hub) });
    expect(await publisher.publish({ ...UPDATE, id: 'é 1' })).toBe('é 1');
    expect(await publisher.publish({ ...UPDATE, retry: 5, type: 't' })).toMatch(/^urn:uuid:/);
  });

  it('reports a token that does not cover the topic', async () => {
    const hub = await start();
    stops.push(() => hub.stop());
    const publisher = publisherTo(hub.url, { token: () => publisherToken(hub, ['b']) });
    await expect(publisher.publish(UPDATE)).rejects.toMatchObject({ kind: 'unauthorized', status: 401 });
  });
});

describe('a publisher', () => {
  it.each([
    [400, 'refused'],
    [403, 'unauthorized'],
    [404, 'refused'],
    [500, 'unavailable'],
  ])('reports status %i as %s', async (status, kind) => {
    const url = await serve((_request, response) => response.writeHead(status).end('why'));
    await expect(publisherTo(url).publish(UPDATE)).rejects.toMatchObject({ kind, status });
  });

  it('reports a hub that is not there', async () => {
    await expect(publisherTo('http://127.0.0.1:1/').publish(UPDATE)).rejects.toMatchObject({ kind: 'network' });
  });

  it('reports a hub that does not answer in time', async () => {
    const url = await serve(() => undefined);
    await expect(publisherTo(url, { timeoutMs: 50 }).publish(UPDATE)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('reports a token provider that fails, and sends nothing', async () => {
    const token = () => Promise.reject(new Error('no key'));
    await expect(publisherTo('http://127.0.0.1:1/', { token }).publish(UPDATE)).rejects.toMatchObject({
      kind: 'token',
    });
  });

  it('refuses an update that breaks the protocol before it is sent', async () => {
    await expect(publisherTo('http://127.0.0.1:1/').publish({ ...UPDATE, id: 'a\nb' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('does not swallow a receipt without bound', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(100_000)));
    await expect(publisherTo(url).publish(UPDATE)).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('uses one connection again, and sends once more with the same id when that broke meanwhile', async () => {
    const ids: (string | null)[] = [];
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        ids.push(new URLSearchParams(body).get('id'));
        ports.add(request.socket.remotePort);
        if (ids.length === 3) request.socket.destroy();
        else response.end('ok');
      });
    });
    const publisher = publisherTo(url);
    await publisher.publish(UPDATE);
    await publisher.publish(UPDATE);
    expect(ports.size).toBe(1);
    await publisher.publish({ ...UPDATE, id: 'third' });
    expect(ids.slice(2)).toEqual(['third', 'third']);
  });
});
