import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@servonaut/contracts';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import type { Database } from '../../platform/database/database.ts';
import { openDatabase } from '../../platform/database/database.provider.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { deriveKeys } from '../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { AuditChains } from './audit-chains.ts';
import { AuditTrail } from './audit-trail.ts';
import { HeadSigner } from './head-signer.ts';
import { anEvent, aPreparedEvent, recordsOf, testSigner, verifyAll } from './testing/chains.ts';

describe.each(DATABASES)('audit chains on %s', (_kind, open) => {
  let connection: TestDatabase;
  let database: Database;
  let signer: HeadSigner;

  beforeAll(async () => {
    connection = await open();
    ({ database } = connection);
    signer = await testSigner();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(() => database.execute(sql`truncate audit_events, audit_heads`));

  it('keep what is recorded, in its order, each user apart', async () => {
    const chains = new AuditChains(database, signer);
    await chains.append('user:42', [aPreparedEvent({ data: { n: 1 } }), aPreparedEvent({ data: { n: 2 } })]);
    await chains.append('user:43', [aPreparedEvent({ userId: '43', kind: 'call.ended', requestId: 'r-1' })]);
    await chains.append('user:42', [aPreparedEvent({ data: { n: 3 } })]);
    const records = await recordsOf(database, 'user:42');
    expect(records.map(({ seq, data }) => [seq, data])).toEqual([
      [1, { n: 1 }],
      [2, { n: 2 }],
      [3, { n: 3 }],
    ]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 4 });
    const [row] = await database.select().from(auditEvents).where(eq(auditEvents.chain, 'user:43'));
    expect(row).toMatchObject({ kind: 'call.ended', actorId: 'cred-1', requestId: 'r-1' });
    expect(canonicalJson(JSON.parse(row!.body))).toBe(row!.body);
  });

  it('keep any text as it came, but for what has no UTF-8', async () => {
    const chains = new AuditChains(database, signer);
    const texts = ['\u0000', '{"\u0007', `'; drop table users; --`, '€ 😀', '\ud800', 'null', '\r\n'];
    await chains.append('user:42', [aPreparedEvent({ data: { texts, left_out: undefined } })]);
    const [record] = await recordsOf(database, 'user:42');
    expect(record!.data).toEqual({ texts: texts.with(4, '\ufffd') });
    expect((await verifyAll(database)).faults).toEqual([]);
  });

  it('are gone on with by another process, which this one notices', async () => {
    const [here, there] = [new AuditChains(database, signer), new AuditChains(database, signer)];
    for (const chains of [here, there, here, here, there]) await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 5 });
  });

  it('are whole whoever writes them, how many at a time, and to which of them', async () => {
    const batch = fc.record({ writer: fc.nat(2), user: fc.nat(2), size: fc.integer({ min: 1, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 12 }), async (batches) => {
        await database.execute(sql`truncate audit_events, audit_heads`);
        const limits = { maxEvents: 1_000, maxLength: 1_000_000, waitMs: 60_000 };
        const writers = [0, 1, 2].map(() => new AuditTrail(new AuditChains(database, signer), limits));
        const writing = batches.map(({ writer, user, size }) => {
          const event = anEvent({ userId: String(user) });
          return writers[writer]!.record(event, ...Array.from({ length: size - 1 }, () => event));
        });
        await Promise.all(writing);
        const records = batches.reduce((sum, { size }) => sum + size, 0);
        expect(await verifyAll(database)).toEqual({ faults: [], records });
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('take the same events once, when nobody knows whether the first attempt was stored', async () => {
    let breaks = true;
    const breaking = new Proxy(database, {
      get: (target, name) =>
        name === 'execute'
          ? async (query: Parameters<Database['execute']>[0]) => {
              const result = await target.execute(query);
              if (breaks) throw new Error('connection lost after the statement');
              return result;
            }
          : Reflect.get(target, name).bind(target),
    });
    const chains = new AuditChains(breaking, signer);
    await chains.append('user:42', [aPreparedEvent()]);
    const events = [aPreparedEvent({ data: { n: 2 } }), aPreparedEvent({ data: { n: 3 } })];
    await expect(chains.append('user:42', events)).rejects.toThrow('connection lost');
    await chains.append('user:42', events);
    breaks = false;
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 4 });
  });

  it('are not gone on with from a head that somebody else has made', async () => {
    await new AuditChains(database, signer).append('user:42', [aPreparedEvent()]);
    await database
      .update(auditHeads)
      .set({ hash: 'B'.repeat(43) })
      .where(eq(auditHeads.chain, 'user:42'));
    const chains = new AuditChains(database, signer);
    await expect(chains.append('user:42', [aPreparedEvent()])).rejects.toThrow('not signed by this coordinator');
    await chains.append('user:43', [aPreparedEvent({ userId: '43' })]);
  });

  it('are gone on with after a change of the master secret by whoever names the former key', async () => {
    await new AuditChains(database, signer).append('user:42', [aPreparedEvent()]);
    const keys = await deriveKeys(Buffer.alloc(32, 8));
    const stranger = new AuditChains(database, await HeadSigner.from(keys));
    await expect(stranger.append('user:42', [aPreparedEvent()])).rejects.toMatchObject({
      message: 'The end of the audit chain user:42 is not signed by this coordinator.',
      nextStep: expect.stringContaining(`set AUDIT_FORMER_KEYS=${signer.keys[0].x};`),
    });
    const heir = new AuditChains(database, await HeadSigner.from(keys, [signer.keys[0].x]));
    await heir.append('user:42', [aPreparedEvent()]);
    expect((await verifyAll(database)).faults).toMatchObject([{ fault: 'head_forged' }]);
  });

  it.each([
    ['its head is gone', sql`delete from audit_heads where chain = 'user:42'`],
    [
      'it is gone as a whole',
      sql`with h as (delete from audit_heads where chain = 'user:42') delete from audit_events where chain = 'user:42'`,
    ],
    [
      'an older state is put back',
      sql`with h as (update audit_heads h set seq = k.seq, hash = k.hash, at = k.at, signature = k.signature from kept k where h.chain = k.chain) delete from audit_events where chain = 'user:42' and seq > 1`,
    ],
  ])('are not gone on with by whoever knows what was at their end, when %s', async (_what, tampering) => {
    const chains = new AuditChains(database, signer);
    await chains.append('user:42', [aPreparedEvent()]);
    await database.execute(sql`drop table if exists kept`);
    await database.execute(sql`create table kept as select * from audit_heads where chain = 'user:42'`);
    await chains.append('user:42', [aPreparedEvent(), aPreparedEvent()]);
    await database.execute(tampering);
    for (const _again of [1, 2])
      await expect(chains.append('user:42', [aPreparedEvent()])).rejects.toMatchObject({
        code: 'audit_unavailable',
        message: expect.stringContaining('does not go on from where'),
      });
    await chains.append('user:43', [aPreparedEvent({ userId: '43' })]);
  });

  it('show that one of them, or its head, is gone', async () => {
    const chains = new AuditChains(database, signer);
    for (const userId of ['42', '43']) await chains.append(`user:${userId}`, [aPreparedEvent({ userId })]);
    const begun = await recordsOf(database, 'coordinator');
    expect(begun).toMatchObject([{ kind: 'chain.begun', data: { chain: 'user:42' } }, { data: { chain: 'user:43' } }]);
    await database.execute(sql`delete from audit_heads where chain = 'user:42'`);
    expect((await verifyAll(database)).faults).toEqual([
      { chain: 'user:42', seq: 1, fault: 'no_head' },
      { chain: 'user:42', seq: null, fault: 'no_chain' },
    ]);
    await database.execute(sql`delete from audit_events where chain = 'user:42'`);
    expect((await verifyAll(database)).faults).toEqual([{ chain: 'user:42', seq: null, fault: 'no_chain' }]);
  });

  it.each([
    ['user:42', { chain: 'user:42', seq: null, fault: 'begun_again' }],
    ['coordinator', { chain: 'user:42', seq: null, fault: 'not_begun' }],
  ])('show that %s was removed, also when it goes on after a restart', async (removed, fault) => {
    const append = (chain: string) => new AuditChains(database, signer).append(chain, [aPreparedEvent()]);
    const appendOwn = () => new AuditChains(database, signer).append('coordinator', [aPreparedEvent({ userId: null })]);
    await append('user:42');
    await appendOwn();
    await database.execute(sql`delete from audit_heads where chain = ${removed}`);
    await database.execute(sql`delete from audit_events where chain = ${removed}`);
    await append('user:42');
    await appendOwn();
    expect((await verifyAll(database)).faults).toEqual([fault]);
  });

  it('are begun while all are exported, which verifies', async () => {
    const chains = new AuditChains(database, signer);
    const append = (userId: string) => chains.append(`user:${userId}`, [aPreparedEvent({ userId })]);
    const morePagesThanOne = Array.from({ length: 200 }, (_, index) => `${1_000 + index}`);
    for (const userId of morePagesThanOne) await append(userId);
    const found = await verifyAll(database, async (count) => (count === 1 ? append('9') : undefined));
    expect(found).toEqual({ faults: [], records: 200 });
    expect(await verifyAll(database)).toEqual({ faults: [], records: 201 });
  }, 60_000);

  it.each(['kind', 'actor_id', 'request_id'])('show that a record would be found by another %s', async (column) => {
    await new AuditChains(database, signer).append('user:42', [aPreparedEvent(), aPreparedEvent()]);
    await database.execute(sql.raw(`update audit_events set ${column} = 'other' where chain = 'user:42' and seq = 2`));
    expect((await verifyAll(database)).faults).toEqual([{ chain: 'user:42', seq: 2, fault: 'misfiled' }]);
  });

  it('show that a record stands outside of what the head counts', async () => {
    await new AuditChains(database, signer).append('user:42', [aPreparedEvent()]);
    await database.execute(
      sql`insert into audit_events select chain, 7, at, kind, actor_id, request_id, body, hash from audit_events where chain = 'user:42'`,
    );
    expect((await verifyAll(database)).faults).toMatchObject([
      { chain: 'user:42', fault: expect.stringMatching('moved|no_head') },
    ]);
  });

  it.each([
    ['a row is deleted', sql`delete from audit_events where seq = 4`, { seq: 4, fault: 'missing' }],
    [
      'a field is changed',
      sql`update audit_events set body = replace(body, 'run_command', 'get_logs') where seq = 4`,
      { seq: 4, fault: 'changed' },
    ],
    [
      'two rows are swapped',
      sql`update audit_events e set body = o.body, hash = o.hash from audit_events o where e.seq in (4, 5) and o.seq = 9 - e.seq and o.chain = e.chain`,
      { seq: 4, fault: 'moved' },
    ],
    ['the last row is cut off', sql`delete from audit_events where seq = 9`, { seq: 9, fault: 'cut_off' }],
  ])('show that %s', async (_what, tampering, fault) => {
    const chains = new AuditChains(database, signer);
    for (const userId of ['42', '43']) {
      // All of one instant: rows of several that are swapped are misfiled as well.
      const event = aPreparedEvent({ userId });
      await chains.append(
        `user:${userId}`,
        Array.from({ length: 9 }, () => event),
      );
    }
    await database.execute(tampering);
    const { faults } = await verifyAll(database);
    expect(faults).toContainEqual({ chain: 'user:42', ...fault });
    expect(faults).toContainEqual({ chain: 'user:43', ...fault });
    expect(faults).toHaveLength(2);
  });
});

describe('audit chains of several processes on PostgreSQL', () => {
  it('are whole, and have each event once, in the order of its writer', async () => {
    const [, open] = DATABASES[1]!;
    const connection = await open();
    const script = new URL('testing/chain-writer.ts', import.meta.url);
    const names = ['a', 'b', 'c'];
    const writers = names.map((name) =>
      fork(script, [connection.settings.databaseUrl!, name, '150', '42,43'], {
        execArgv: ['--conditions=@servonaut/source'],
      }),
    );
    const ends = await Promise.all(writers.map((writer) => once(writer, 'exit')));
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0]);
    expect(await verifyAll(connection.database)).toEqual({ faults: [], records: 900 });
    const records = await recordsOf(connection.database, 'user:42');
    for (const name of names) {
      const indices = records.filter(({ data }) => data['by'] === name).map(({ data }) => data['index']);
      expect(indices).toEqual(Array.from({ length: 150 }, (_, index) => index));
    }
    await connection.close();
  }, 120_000);

  it('do not wait for each other: a chain that is locked keeps no other waiting', async () => {
    const [, open] = DATABASES[1]!;
    const connection = await open();
    const chains = new AuditChains(connection.database, await testSigner());
    await chains.append('user:42', [aPreparedEvent()]);
    const other = await openDatabase(connection.settings);
    const order: string[] = [];
    let waiting: Promise<unknown> = Promise.resolve();
    await other.database.transaction(async (transaction) => {
      await transaction.select().from(auditHeads).where(eq(auditHeads.chain, 'user:42')).for('update');
      waiting = chains.append('user:42', [aPreparedEvent()]).then(() => order.push('42'));
      await chains.append('user:43', [aPreparedEvent({ userId: '43' })]);
      order.push('43');
    });
    await waiting;
    expect(order).toEqual(['43', '42']);
    await Promise.all([other.close(), connection.close()]);
  }, 60_000);
});
