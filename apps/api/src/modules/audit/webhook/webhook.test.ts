import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { eq, sql } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { loadConfig } from '../../../config/app-config.ts';
import type { Database } from '../../../platform/database/database.ts';
import { auditHeads } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { AuditChains } from '../audit-chains.ts';
import { AuditQuery } from '../audit-query.ts';
import { aPreparedEvent, testSigner } from '../testing/chains.ts';
import { AuditDelivery } from './audit-delivery.ts';
import { AuditWebhook } from './audit-webhook.ts';
import { BullmqDeliveryQueue } from './bullmq-delivery-queue.ts';
import { pauseAfter, type DeliveryQueue } from './delivery-queue.ts';
import { DeliveryStore } from './delivery-store.ts';
import { MemoryDeliveryQueue } from './memory-delivery-queue.ts';
import { WebhookSender } from './webhook-sender.ts';

const KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString('base64')}`;

interface Message {
  readonly id: string;
  readonly isSigned: boolean;
  readonly chain: string;
  readonly seqs: number[];
  readonly head: { seq: number; signature: string };
}

/** Takes what it is sent, unless it is told to answer something else. */
class Receiver {
  readonly messages: Message[] = [];
  status: (message: Message) => number = () => 204;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
    const { data } = JSON.parse(body);
    const expected = createHmac('sha256', KEY)
      .update(`${String(id)}.${String(at)}.${body}`)
      .digest('base64');
    const seqs = data.entries.map(({ record }: { record: { seq: number } }) => record.seq);
    const isSigned = signature === `v1,${expected}`;
    const message = { id: String(id), isSigned, chain: data.head.chain, seqs, head: data.head };
    const status = this.status(message);
    if (status < 300) this.messages.push(message);
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  }

  taken(chain: string): number[] {
    return this.messages.filter((message) => message.chain === chain).flatMap(({ seqs }) => seqs);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe.each(DATABASES)('the webhook on %s', (kind, open) => {
  let connection: TestDatabase;
  let database: Database;
  let redisServer: TestRedis | undefined;
  let redis: Redis | undefined;
  let receiver: Receiver;
  let url: string;
  let chains: AuditChains;
  let store: DeliveryStore;
  const closing: (() => Promise<void>)[] = [];

  const write = (userId: string, count: number) =>
    chains.append(
      `user:${userId}`,
      Array.from({ length: count }, () => aPreparedEvent({ userId })),
    );
  const delivery = () =>
    new AuditDelivery({
      database,
      query: new AuditQuery(database, { settle: async () => undefined }),
      store,
      sender: new WebhookSender({ url, secret: SECRET }),
    });

  /** As a process has it: with Redis beside PostgreSQL, alone with PGlite. */
  function start(prefix: string = randomUUID(), tries = 3): AuditDelivery {
    const work = delivery();
    const options = { tries, firstPauseMs: 5 };
    const queue: DeliveryQueue = redis
      ? new BullmqDeliveryQueue(redis, prefix, work, options)
      : new MemoryDeliveryQueue(work, options);
    const webhook = new AuditWebhook(store, queue, 20);
    webhook.onModuleInit();
    closing.push(() => webhook.onModuleDestroy());
    return work;
  }

  beforeAll(async () => {
    connection = await open();
    ({ database } = connection);
    if (kind === 'pglite') return;
    redisServer = await startRedis();
    redis = new Redis(redisServer.url, { maxRetriesPerRequest: null });
  }, 60_000);
  afterAll(async () => {
    redis?.disconnect();
    await redisServer?.stop();
    await connection.close();
  });
  beforeEach(async () => {
    await database.execute(sql`truncate audit_events, audit_heads, audit_deliveries, audit_dead_letters`);
    chains = new AuditChains(database, await testSigner());
    store = new DeliveryStore(database);
    receiver = new Receiver();
    url = await receiver.listen();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await receiver.close();
  });

  it('delivers every record of every chain in its order, signed, with the head', async () => {
    await write('42', 250);
    await write('43', 1);
    start();
    await waitFor(() => receiver.taken('user:42').length >= 250 && receiver.taken('user:43').length >= 1, {
      what: 'all',
    });
    await write('42', 1);
    await waitFor(() => receiver.taken('user:42').length >= 251, { what: 'one more' });
    expect(receiver.taken('user:42')).toEqual(upTo(251));
    expect(receiver.messages.every(({ isSigned }) => isSigned)).toBe(true);
    const messages = receiver.messages.filter(({ chain }) => chain === 'user:42');
    expect(messages[0]).toMatchObject({ id: 'audit_user-42_1-100' });
    expect(messages.at(-1)!.head).toMatchObject({ seq: 251, signature: expect.any(String) });
    await waitFor(async () => (await store.behind(10)).length === 0, { what: 'the note of it' });
  }, 30_000);

  it.each([500, 302, 404])(
    'sends again what was answered with %d, and skips nothing',
    async (status) => {
      let failures = 2;
      receiver.status = () => (failures-- > 0 ? status : 200);
      await write('42', 3);
      start();
      await waitFor(() => receiver.taken('user:42').length >= 3, { what: 'all' });
      expect(receiver.taken('user:42')).toEqual(upTo(3));
      expect(await store.deadLetters({ after: 0, limit: 10 })).toEqual([]);
    },
    30_000,
  );

  it('keeps what is never taken as a dead letter, goes on after it, and sends it again when asked to', async () => {
    let isBroken = true;
    receiver.status = ({ chain, seqs }) => (isBroken && chain === 'user:42' && seqs[0] === 1 ? 503 : 200);
    await write('42', 150);
    const work = start();
    const letters = () => store.deadLetters({ after: 0, limit: 10 });
    await waitFor(async () => (await letters()).length === 1 && receiver.taken('user:42').length >= 50, {
      what: 'the rest',
    });
    const [letter] = await letters();
    expect(letter).toMatchObject({ chain: 'user:42', firstSeq: 1, lastSeq: 100, error: 'status 503' });
    await expect(work.resend(letter!.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await letters()).toHaveLength(1);
    isBroken = false;
    await work.resend(letter!.id);
    expect(await letters()).toEqual([]);
    expect(receiver.taken('user:42').toSorted((a, b) => a - b)).toEqual(upTo(150));
    await expect(work.resend(letter!.id)).rejects.toMatchObject({ code: 'not_found' });
  }, 30_000);

  it('sends the same message again under the same id, whatever is recorded meanwhile, and gives up no other', async () => {
    const ids: string[] = [];
    let isBroken = true;
    receiver.status = ({ id }) => (ids.push(id), isBroken ? 503 : 200);
    const work = delivery();
    for (const _try of [1, 2]) {
      await write('42', 1);
      await expect(work.deliverNext('user:42')).rejects.toThrow('status 503');
    }
    isBroken = false;
    await write('42', 1);
    await work.deliverNext('user:42');
    expect(ids).toEqual(Array.from({ length: 3 }, () => 'audit_user-42_1-1'));
    isBroken = true;
    await expect(work.deliverNext('user:42')).rejects.toThrow('status 503');
    await write('42', 1);
    await work.giveUpNext('user:42', 'status 503');
    expect(await store.deadLetters({ after: 0, limit: 10 })).toMatchObject([{ firstSeq: 2, lastSeq: 3 }]);
  });

  it.each([
    ['was begun anew', sql`truncate audit_events, audit_heads`, upTo(2)],
    ['is said to be delivered further than it goes', sql`update audit_deliveries set seq = 1000`, upTo(7)],
    ['has another record where it was delivered to', sql`update audit_deliveries set hash = 'other'`, upTo(7)],
  ])('sends a chain from its start that %s', async (_what, tampering, seqs) => {
    await write('42', 5);
    await delivery().deliverNext('user:42');
    receiver.messages.splice(0);
    await database.execute(tampering);
    // Another process, which does not know how far the chain went.
    chains = new AuditChains(database, await testSigner());
    await write('42', 2);
    expect(await store.behind(10)).toContain('user:42');
    await delivery().deliverNext('user:42');
    expect(receiver.taken('user:42')).toEqual(seqs);
    expect(await store.behind(10)).not.toContain('user:42');
  });

  it('goes on after records that were removed by their time', async () => {
    await write('42', 1);
    await delivery().deliverNext('user:42');
    await write('42', 4);
    await database.execute(sql`delete from audit_events where chain = 'user:42' and seq <= 3`);
    const [row] = await database.select().from(auditHeads).where(eq(auditHeads.chain, 'user:42'));
    await database.update(auditHeads).set({ firstSeq: 4, firstPrev: row!.hash }).where(eq(auditHeads.chain, 'user:42'));
    await delivery().deliverNext('user:42');
    expect(receiver.taken('user:42')).toEqual([1, 4, 5]);
  });

  it('goes on where another process has stopped', async () => {
    await write('42', 5);
    await delivery().deliverNext('user:42');
    await write('42', 5);
    start();
    await waitFor(() => receiver.taken('user:42').length >= 10, { what: 'the rest' });
    expect(receiver.taken('user:42')).toEqual(upTo(10));
  }, 30_000);

  it('delivers a chain by one of several processes at a time', async () => {
    if (!redis) return;
    const prefix = randomUUID();
    for (const _process of [1, 2, 3]) start(prefix);
    for (let round = 0; round < 20; round += 1) await write(String(round % 2), 30);
    await waitFor(async () => (await store.behind(10)).length === 0, { what: 'all' });
    expect([receiver.taken('user:0'), receiver.taken('user:1')]).toEqual([upTo(300), upTo(300)]);
  }, 30_000);
});

describe('deliveries of a coordinator that runs alone', () => {
  it('are four at a time, and stop at once', async () => {
    const [started, aborted]: [string[], string[]] = [[], []];
    const queue = new MemoryDeliveryQueue(
      {
        deliverNext: async (chain, signal) => {
          signal!.throwIfAborted();
          started.push(chain);
          await once(signal!, 'abort');
          aborted.push(chain);
          throw new Error('aborted');
        },
        giveUpNext: () => Promise.reject(new Error('nothing was tried often enough')),
      },
      { tries: 1, firstPauseMs: 1 },
    );
    for (const chain of ['a', 'b', 'c', 'd', 'e', 'f']) await queue.add(chain);
    await queue.close();
    expect([started, aborted]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ]);
  });

  it('go on, many chains one after another', async () => {
    const taken: string[] = [];
    const left = new Set(upTo(20).map(String));
    const deliverNext = async (chain: string): Promise<boolean> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!left.delete(chain)) return false;
      taken.push(chain);
      return true;
    };
    const queue = new MemoryDeliveryQueue(
      { deliverNext, giveUpNext: async () => undefined },
      { tries: 1, firstPauseMs: 1 },
    );
    for (const chain of upTo(20)) await queue.add(String(chain));
    await waitFor(() => taken.length === 20, { what: 'all' });
    await queue.close();
  });
});

describe('the settings of the webhook', () => {
  const settings = { AUDIT_WEBHOOK_URL: 'https://siem.example', AUDIT_WEBHOOK_SECRET: SECRET };

  it('are an address and a secret', () => {
    expect(loadConfig(settings).audit.webhook).toEqual({ url: 'https://siem.example', secret: SECRET, tries: 20 });
    expect(loadConfig({}).audit.webhook).toBeNull();
    expect(() => loadConfig({ AUDIT_WEBHOOK_URL: 'https://siem.example' })).toThrow('AUDIT_WEBHOOK_SECRET');
  });

  it.each(['http://siem.example', 'ftp://siem.example', 'http://localhost.evil.example'])('are not %s', (url) => {
    expect(() => loadConfig({ ...settings, AUDIT_WEBHOOK_URL: url })).toThrow('AUDIT_WEBHOOK_URL');
  });

  it('pause twice as long after each failure, up to five minutes', () => {
    const options = { tries: 20, firstPauseMs: 1_000 };
    expect([1, 2, 3, 9, 10, 500].map((failures) => pauseAfter(failures, options))).toEqual([
      1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
    ]);
  });
});
