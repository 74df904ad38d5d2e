import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { HttpPublisher } from './http-publisher.ts';
import { closeStreams, get, openStream, post } from './testing/hub-client.ts';
import { describeEachHub, type HubSettings, type HubUnderTest } from './testing/hubs-under-test.ts';
import { publisherToken, subscriberToken } from './testing/tokens.ts';

describeEachHub('streams of the $name', ({ start }) => {
  const running: HubUnderTest[] = [];
  async function startHub(settings: HubSettings = {}): Promise<HubUnderTest> {
    const hub = await start(settings);
    running.push(hub);
    return hub;
  }
  afterEach(async () => {
    closeStreams();
    await Promise.all(running.splice(0).map((hub) => hub.stop()));
  });

  describe('the history', () => {
    async function hubWith(ids: readonly string[], settings: HubSettings = {}): Promise<HubUnderTest> {
      const hub = await startHub(settings);
      for (const id of ids)
        await post(hub, [
          ['topic', 'a'],
          ['id', id],
          ['data', id],
        ]);
      return hub;
    }
    const idsOf = (stream: { events: readonly { id?: string | undefined }[] }) => stream.events.map(({ id }) => id);

    it('replays what came after the id, then goes on live', async () => {
      const hub = await hubWith(['1', '2', '3']);
      const stream = await openStream(hub, { headers: { 'last-event-id': '1' } });
      expect(stream.response.headers.get('last-event-id')).toBe('1');
      await post(hub, [
        ['topic', 'a'],
        ['id', '4'],
      ]);
      await waitFor(() => stream.events.length === 3, { what: 'replay and live update' });
      expect(idsOf(stream)).toEqual(['2', '3', '4']);
    });

    it('takes the id from the header before the query', async () => {
      const hub = await hubWith(['1', '2', '3']);
      const fromQuery = await openStream(hub, { query: [['lastEventID', '2']] });
      const fromHeader = await openStream(hub, { query: [['lastEventID', '2']], headers: { 'last-event-id': '1' } });
      await waitFor(() => fromQuery.events.length === 1 && fromHeader.events.length === 2, { what: 'both replays' });
      expect([idsOf(fromQuery), idsOf(fromHeader)]).toEqual([['3'], ['2', '3']]);
    });

    it('replays all of it after "earliest"', async () => {
      const hub = await hubWith(['1', '2']);
      const stream = await openStream(hub, { query: [['lastEventID', 'earliest']] });
      expect(stream.response.headers.get('last-event-id')).toBe('earliest');
      await waitFor(() => stream.events.length === 2, { what: 'the replay' });
    });

    it('replays nothing for an id that it does not know, and answers with another one', async () => {
      const hub = await hubWith(['1', '2']);
      const stream = await openStream(hub, { headers: { 'last-event-id': 'unheard-of' } });
      expect(stream.response.headers.get('last-event-id')).not.toBe('unheard-of');
      await post(hub, [
        ['topic', 'a'],
        ['id', '3'],
      ]);
      await waitFor(() => stream.events.length, { what: 'the live update' });
      expect(idsOf(stream)).toEqual(['3']);
    });

    it('keeps no more than its size', async () => {
      const hub = await hubWith(['1', '2', '3', '4', '5'], { historySize: 2 });
      const stream = await openStream(hub, { query: [['lastEventID', 'earliest']] });
      await waitFor(() => stream.events.length === 2, { what: 'the replay' });
      await post(hub, [
        ['topic', 'a'],
        ['id', '6'],
      ]);
      await waitFor(() => stream.events.length === 3, { what: 'the live update' });
      expect(idsOf(stream)).toEqual(['4', '5', '6']);
    });

    it('is authorised again: it shows nobody what is private to others', async () => {
      const hub = await hubWith(['1']);
      await post(hub, [
        ['topic', 'b'],
        ['id', '2'],
        ['private', 'on'],
      ]);
      await post(hub, [
        ['topic', 'a'],
        ['id', '3'],
        ['private', 'on'],
      ]);
      const stream = await openStream(hub, { grant: ['a'], headers: { 'last-event-id': '1' } });
      await waitFor(() => stream.events.length, { what: 'the replay' });
      await post(hub, [
        ['topic', 'a'],
        ['id', '4'],
      ]);
      await waitFor(() => stream.events.length === 2, { what: 'the live update' });
      expect(idsOf(stream)).toEqual(['3', '4']);
    });
  });

  it('send a comment after each silence', async () => {
    const stream = await openStream(await startHub({ heartbeatMs: 100 }));
    await waitFor(() => stream.comments >= 4, { what: 'three heartbeats' });
    expect(stream.text).toMatch(/^(?::\n)+$/);
  });

  it('end cleanly after 80 to 100 % of their longest life', async () => {
    const hub = await startHub({ streamMaxMs: 2_000 });
    const openedAt = performance.now();
    const stream = await openStream(hub);
    await waitFor(() => stream.ended !== 'no', { what: 'the end' });
    const lived = performance.now() - openedAt;
    expect(stream.ended).toBe('cleanly');
    expect(lived).toBeGreaterThan(1_100);
    expect(lived).toBeLessThan(2_300);
  });

  it('end cleanly before their token expires', async () => {
    const hub = await startHub();
    const stream = await openStream(hub, { token: await subscriberToken(hub, ['*'], { expiresIn: 3 }) });
    const expiresAt = performance.now() + 3_000;
    await waitFor(() => stream.ended !== 'no', { what: 'the end' });
    expect(stream.ended).toBe('cleanly');
    expect(performance.now()).toBeLessThan(expiresAt);
  });

  it('receive public updates without a token only where that is allowed', async () => {
    const strict = await startHub();
    expect((await get(strict, [['topic', 'a']])).status).toBe(401);
    const open = await startHub({ anonymous: true });
    const stream = await openStream(open, { grant: null });
    await post(open, [
      ['topic', 'a'],
      ['data', 'secret'],
      ['private', 'on'],
    ]);
    await post(open, [
      ['topic', 'a'],
      ['data', 'public'],
    ]);
    await waitFor(() => stream.events.length, { what: 'the public update' });
    expect(stream.events.map(({ data }) => data)).toEqual(['public']);
    expect((await get(open, [['topic', 'a']], { authorization: `Bearer ${'x'.repeat(60)}` })).status).toBe(401);
  });

  it('are cut when the subscriber is too slow, and nobody else suffers', async () => {
    const hub = await startHub({ historySize: 0 });
    const fast = await openStream(hub);
    const slow = await openPausedSocket(hub);
    const publisher = new HttpPublisher({ hubUrl: hub.url, token: () => publisherToken(hub) });
    const update = { topics: ['a'], data: 'x'.repeat(32 * 1024), private: false };
    const total = 1_400;
    for (let sent = 0; sent < total; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => publisher.publish(update)));
    }
    publisher.close();
    await waitFor(() => fast.events.length === total, { what: 'the fast subscriber to have it all' });
    expect(await countUntilClosed(slow)).toBeLessThan(total);
  }, 60_000);
});

async function openPausedSocket(hub: HubUnderTest): Promise<Socket> {
  const { hostname, port, pathname } = new URL(hub.url);
  const socket = connect(Number(port), hostname);
  const token = await subscriberToken(hub);
  const headers = ['Host: hub', 'Connection: close', `Authorization: Bearer ${token}`];
  socket.write(`GET ${pathname}?topic=* HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket.pause();
}

/** Reads on until the hub's side is closed, and counts the updates on the way. */
async function countUntilClosed(socket: Socket): Promise<number> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const closed = new Promise((resolve) => socket.once('end', resolve).once('error', resolve).once('close', resolve));
  socket.resume();
  await closed;
  socket.destroy();
  return text.split('id: ').length - 1;
}
