import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { closeStreams, get, openStream, post } from '../testing/hub-client.ts';
import { closed, type HubUnderTest, listen, TEST_KEYS } from '../testing/hubs-under-test.ts';
import { publisherToken, sign, subscriberToken } from '../testing/tokens.ts';
import type { MercureHubOptions } from './hub-options.ts';
import { MercureHub } from './mercure-hub.ts';

// What only the embedded hub has or says; the rest is in the conformance suite.

const KEYS = {
  publisherKey: Buffer.from(TEST_KEYS.publisherKey),
  subscriberKey: Buffer.from(TEST_KEYS.subscriberKey),
};
const UPDATE = { topics: ['a'], data: 'x', private: true };
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  closeStreams();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

type BeforeHub = (request: IncomingMessage) => Promise<void>;

async function startHub(options: Partial<MercureHubOptions> = {}, beforeHub: BeforeHub = async () => undefined) {
  const hub = new MercureHub({ ...KEYS, ...options });
  const server = createServer((request, response) => {
    void beforeHub(request).then(() => hub.handle(request, response));
  });
  const url = await listen(server);
  const stop = async () => {
    hub.close();
    await closed(server);
  };
  stops.push(stop);
  const address: HubUnderTest = { ...TEST_KEYS, url, stop };
  return { hub, address };
}

async function openAs(address: HubUnderTest, sub: string | undefined) {
  const token = await sign(address.subscriberKey, { mercure: { subscribe: ['*'] }, ...(sub !== undefined && { sub }) });
  return openStream(address, { token });
}

describe('the embedded hub', () => {
  it('publishes in process, without a token', async () => {
    const { hub, address } = await startHub();
    const stream = await openStream(address);
    expect(hub.publish({ ...UPDATE, id: 'chosen' })).toBe('chosen');
    const made = hub.publish(UPDATE);
    await waitFor(() => stream.events.length === 2, { what: 'both updates' });
    expect(stream.events.map(({ id }) => id)).toEqual(['chosen', made]);
  });

  it('refuses in process what it refuses over HTTP', async () => {
    const { hub } = await startHub();
    expect(() => hub.publish({ ...UPDATE, topics: [] })).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => hub.publish({ ...UPDATE, id: 'a\nb' })).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('refuses short keys', () => {
    expect(() => new MercureHub({ ...KEYS, publisherKey: Buffer.from('short') })).toThrow('32 bytes');
  });

  it('forgets a subscriber that is gone', async () => {
    const { hub, address } = await startHub();
    const stream = await openStream(address);
    expect(hub.subscriberCount).toBe(1);
    stream.close();
    await waitFor(() => hub.subscriberCount === 0, { what: 'the subscriber to be forgotten' });
  });

  it('answers an unknown cursor with "earliest", so that a loss is seen', async () => {
    const { address } = await startHub();
    const stream = await openStream(address, { headers: { 'last-event-id': 'unheard-of' } });
    expect(stream.response.headers.get('last-event-id')).toBe('earliest');
  });

  it('bounds its history in bytes', async () => {
    const { hub, address } = await startHub({ historyBytes: 2_500 });
    for (const id of ['1', '2', '3', '4']) hub.publish({ ...UPDATE, id, data: 'x'.repeat(1_000) });
    const stream = await openStream(address, { query: [['lastEventID', 'earliest']] });
    await waitFor(() => stream.events.length === 2, { what: 'the replay' });
    expect(stream.events.map(({ id }) => id)).toEqual(['3', '4']);
  });

  it('has a greatest number of subscribers', async () => {
    const { address } = await startHub({ maxSubscribers: 1 });
    await openStream(address);
    const refused = await openStream(address);
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('has a greatest number of subscribers of one grant, whatever they ask for, and room for others', async () => {
    const { address } = await startHub({ maxSubscribersPerGrant: 1 });
    const open = (user: string, topic: string) => openStream(address, { grant: [user], topics: [topic] });
    const first = await open('one', 'one');
    const statuses = [await open('one', 'another'), await open('two', 'one')].map(({ response }) => response.status);
    expect(statuses).toEqual([503, 200]);
    first.close();
    await waitFor(async () => (await open('one', 'one')).response.status === 200, { what: 'room' });
  });

  it('has a greatest number of subscribers of one subject, and room for others with the same grant', async () => {
    const { address } = await startHub({ maxSubscribersPerSubject: 1, maxSubscribersPerGrant: 4 });
    const first = await openAs(address, 'one');
    const subjects = ['one', 'other', undefined, undefined, undefined];
    const statuses: number[] = [];
    for (const subject of subjects) statuses.push((await openAs(address, subject)).response.status);
    expect(statuses).toEqual([503, 200, 200, 200, 503]);
    first.close();
    await waitFor(async () => (await openAs(address, 'one')).response.status === 200, { what: 'room' });
  });

  it('lets in whom it is told to', async () => {
    const { address } = await startHub({ admit: async (subject) => subject === 'good' });
    const statuses = ['good', 'bad', undefined].map(async (sub) => (await openAs(address, sub)).response.status);
    expect(await Promise.all(statuses)).toEqual([200, 401, 401]);
  });

  it('ends the streams of a dismissed subject, and of nobody else', async () => {
    const { hub, address } = await startHub();
    const [one, other] = [await openAs(address, 'one'), await openAs(address, 'other')];
    hub.dismiss((subject) => subject === 'one');
    await waitFor(() => one.ended === 'cleanly', { what: 'the end' });
    hub.publish(UPDATE);
    await waitFor(() => other.events.length === 1, { what: 'the update' });
    expect([one.events.length, hub.subscriberCount]).toEqual([0, 1]);
  });

  it('lets nobody slip in who is dismissed while being asked about', async () => {
    const answers = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
    let asked = 0;
    const { hub, address } = await startHub({ admit: async () => answers[asked++]?.promise ?? false });
    const opening = openAs(address, 'one');
    await waitFor(() => asked === 1, { what: 'the question' });
    hub.dismiss((subject) => subject === 'one');
    answers[0]?.resolve(true);
    answers[1]?.resolve(false);
    expect((await opening).response.status).toBe(401);
  });

  it('ends its streams and refuses all requests once closed', async () => {
    const { hub, address } = await startHub();
    const stream = await openStream(address);
    hub.close();
    await waitFor(() => stream.ended === 'cleanly', { what: 'the end' });
    expect((await post(address, [['topic', 'a']])).status).toBe(503);
    expect(() => hub.publish(UPDATE)).toThrow(expect.objectContaining({ kind: 'closed' }));
  });

  it('answers HEAD without a stream', async () => {
    const { hub, address } = await startHub();
    const headers = { authorization: `Bearer ${await subscriberToken(TEST_KEYS)}` };
    const response = await fetch(`${address.url}?topic=a`, { method: 'HEAD', headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(hub.subscriberCount).toBe(0);
  });

  it('refuses an update over its limit, and the publisher can read that', async () => {
    const { address } = await startHub({ bodyBytes: 1_000 });
    const fields: [string, string][] = [
      ['topic', 'a'],
      ['data', 'x'.repeat(200_000)],
    ];
    expect((await post(address, fields)).status).toBe(413);
  });

  it('takes a cookie to publish from an allowed origin only', async () => {
    const { address } = await startHub({ publishOrigins: ['https://app.example'] });
    const cookie = `mercureAuthorization=${await publisherToken(TEST_KEYS)}`;
    const statusFrom = async (source: Record<string, string>) =>
      (await post(address, [['topic', 'a']], { cookie, ...source })).status;
    expect(await statusFrom({ origin: 'https://app.example' })).toBe(200);
    expect(await statusFrom({ referer: 'https://app.example/page' })).toBe(200);
    expect(await statusFrom({ origin: 'https://app.example.evil.example' })).toBe(401);
    expect(await statusFrom({ referer: 'not a url' })).toBe(401);
  });

  it('refuses two Authorization headers', async () => {
    const { address } = await startHub();
    const { hostname, port } = new URL(address.url);
    const header = `Authorization: Bearer ${await subscriberToken(TEST_KEYS)}\r\n`;
    const socket = connect(Number(port), hostname);
    socket.write(`GET /?topic=a HTTP/1.1\r\nHost: hub\r\n${header}${header}\r\n`);
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('takes everything after the first question mark as the query', async () => {
    const { hub, address } = await startHub();
    const stream = await openStream({ ...address, url: `${address.url}?topic=/books?page=1` }, { topics: [] });
    hub.publish({ ...UPDATE, topics: ['/books?page=1'] });
    await waitFor(() => stream.events.length, { what: 'the update' });
  });

  it('sends nothing under a token that has expired, however late it looks', async () => {
    let now = Date.now();
    const { hub, address } = await startHub({ now: () => now });
    const stream = await openStream(address, { token: await subscriberToken(TEST_KEYS, ['*'], { expiresIn: 100 }) });
    now += 100_000;
    hub.publish(UPDATE);
    await waitFor(() => stream.ended === 'cleanly', { what: 'the end' });
    expect(stream.events).toEqual([]);
  });

  it('survives a publisher that hangs up within its form', async () => {
    const failures: unknown[] = [];
    const logger = { warn: () => undefined, error: (_message: string, error: unknown) => void failures.push(error) };
    const { address } = await startHub({ logger });
    const { hostname, port } = new URL(address.url);
    const socket = connect(Number(port), hostname);
    const head = ['POST / HTTP/1.1', 'Host: hub', `Authorization: Bearer ${await publisherToken(TEST_KEYS)}`];
    head.push('Content-Type: application/x-www-form-urlencoded', 'Content-Length: 1000', '', 'topic=a');
    await new Promise<void>((resolve) => socket.write(head.join('\r\n'), () => resolve()));
    await post(address, [['topic', 'a']]);
    socket.resetAndDestroy();
    expect((await post(address, [['topic', 'a']])).status).toBe(200);
    expect(failures).toEqual([]);
  });

  it('works behind a parser that has read the form already', async () => {
    const { hub, address } = await startHub({}, async (request) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const body = Object.fromEntries([...form.keys()].map((name) => [name, form.getAll(name)]));
      Object.assign(request, { body });
    });
    const published = await post(address, [
      ['topic', 'a'],
      ['topic', 'b'],
      ['id', 'parsed'],
    ]);
    expect([published.status, await published.text()]).toEqual([200, 'parsed']);
    expect(hub.subscriberCount).toBe(0);
  });

  it('ends no later than the token even when the clock of the test jumps', async () => {
    let now = Date.now();
    const { address } = await startHub({ now: () => now, random: () => 1 });
    const stream = await openStream(address, { token: await subscriberToken(TEST_KEYS, ['*'], { expiresIn: 100 }) });
    now += 50_000;
    await openStream(address);
    expect(stream.ended).toBe('no');
    now += 50_000;
    await waitFor(() => stream.ended === 'cleanly', { what: 'the end' });
    expect((await get(address, [['topic', 'a']], { authorization: 'Bearer' })).status).toBe(401);
  });

  it('cuts a subscriber by the bytes that wait for it, and tells the log', async () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message), error: () => undefined };
    const { hub, address } = await startHub({ logger, subscriberBufferBytes: 100_000 });
    const { hostname, port } = new URL(address.url);
    const socket = connect(Number(port), hostname);
    const authorization = `Authorization: Bearer ${await subscriberToken(TEST_KEYS)}`;
    socket.write(`GET /?topic=a HTTP/1.1\r\nHost: hub\r\n${authorization}\r\n\r\n`);
    await waitFor(() => hub.subscriberCount === 1, { what: 'the subscriber' });
    socket.pause();
    const data = 'x'.repeat(50_000);
    await waitFor(
      () => {
        for (let count = 0; count < 20; count++) hub.publish({ ...UPDATE, data });
        return hub.subscriberCount === 0;
      },
      { what: 'the subscriber to be cut' },
    );
    socket.destroy();
    expect(warnings).toEqual(['A subscriber was too slow and has been cut.']);
  });
});
