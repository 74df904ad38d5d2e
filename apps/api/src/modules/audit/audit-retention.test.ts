import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { linkHash, NO_RECORD } from '@servonaut/contracts';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { AuditChains } from './audit-chains.ts';
import { prepareEvent } from './audit-event.ts';
import { AuditRetention } from './audit-retention.ts';
import { ChainRetention } from './chain-retention.ts';
import { sha256, type HeadSigner } from './head-signer.ts';
import { anEvent, aPreparedEvent, recordsOf, testSigner, verifyAll } from './testing/chains.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T10:00:00Z');

describe.each(DATABASES)('retention on %s', (_kind, open) => {
  let connection: TestDatabase;
  let database: Database;
  let signer: HeadSigner;
  let chains: AuditChains;
  let retention: AuditRetention;

  const daysOld = (days: number, userId = '42') =>
    prepareEvent(anEvent({ userId }), { at: new Date(NOW - days * DAY) });
  const seqsOf = async (chain: string) => {
    const rows = await database
      .select()
      .from(auditEvents)
      .where(eq(auditEvents.chain, chain))
      .orderBy(asc(auditEvents.seq));
    return rows.map(({ seq }) => seq);
  };

  /** As somebody does it who has the database and no key: the first records are changed, and hashed one after another. */
  async function hashAnew(chain: string, count: number): Promise<void> {
    let hash: string = NO_RECORD;
    for (const row of (
      await database.select().from(auditEvents).where(eq(auditEvents.chain, chain)).orderBy(asc(auditEvents.seq))
    ).slice(0, count)) {
      const body = row.body.replace('run_command', 'get_logs');
      hash = linkHash(sha256, hash, body);
      await database
        .update(auditEvents)
        .set({ body, hash })
        .where(and(eq(auditEvents.chain, chain), eq(auditEvents.seq, row.seq)));
    }
  }

  beforeAll(async () => {
    connection = await open();
    ({ database } = connection);
    signer = await testSigner();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(async () => {
    await database.execute(sql`truncate audit_events, audit_heads`);
    chains = new AuditChains(database, signer);
    retention = new AuditRetention(new ChainRetention(database, signer), 30);
  });

  it('removes what is older than it has to be, and what is left verifies and goes on', async () => {
    for (const age of [90, 60, 31, 29, 1]) await chains.append('user:42', [daysOld(age)]);
    await chains.append('user:43', [daysOld(1, '43')]);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([4, 5, 6]);
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 5 });
    const data = { first_seq: 1, last_seq: 3, before: new Date(NOW - 30 * DAY).toISOString() };
    const pruned = { seq: 6, kind: 'audit.pruned', actor: { kind: 'coordinator', id: null }, data };
    expect((await recordsOf(database, 'user:42'))[2]).toMatchObject(pruned);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([4, 5, 6, 7]);
  });

  it('removes the oldest only: what is younger keeps all after it', async () => {
    for (const age of [60, 1, 60]) await chains.append('user:42', [daysOld(age)]);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([2, 3, 4]);
    expect((await verifyAll(database)).faults).toEqual([]);
  });

  it('removes all of a chain but what says so, by more than one step, and the chain goes on', async () => {
    for (let step = 0; step < 5; step += 1)
      await chains.append(
        'user:42',
        Array.from({ length: 500 }, () => daysOld(60)),
      );
    await retention.prune(NOW);
    await chains.append('user:42', [aPreparedEvent()]);
    const records = await recordsOf(database, 'user:42');
    expect(records.map(({ seq, data }) => [seq, data['first_seq'], data['last_seq']])).toEqual([
      [2_501, 1, 1_000],
      [2_502, 1_001, 2_000],
      [2_503, 2_001, 2_500],
      [2_504, undefined, undefined],
    ]);
    expect((await verifyAll(database)).faults).toEqual([]);
  });

  it.each([
    ['was changed', sql`update audit_events set body = replace(body, 'run_command', 'get_logs') where seq = 2`],
    ['is missing', sql`delete from audit_events where seq = 2`],
    ['was made older', sql`update audit_events set at = now() - interval '1 year' where seq = 4`],
    ['stands under a head of somebody else', sql`update audit_heads set first_seq = 2`],
  ])('covers nothing up: a record that %s keeps its chain as it is from there on', async (what, tampering) => {
    for (const age of [60, 60, 60, 1]) await chains.append('user:42', [daysOld(age)]);
    await chains.append('user:43', [daysOld(60, '43')]);
    await database.execute(tampering);
    await retention.prune(NOW);
    const { faults } = await verifyAll(database);
    if (what === 'was made older')
      expect([await seqsOf('user:42'), faults]).toMatchObject([[4, 5], [{ seq: 4, fault: 'misfiled' }]]);
    else expect(faults.filter(({ chain }) => chain === 'user:42')).not.toEqual([]);
    if (!what.startsWith('stands')) expect(await seqsOf('user:43')).toEqual([2]);
  });

  it.each([
    ['all records that would go', [60, 60, 60, 1], 3],
    ['all that there are', [60, 60, 60], 3],
    ['all that would go at a time', Array.from({ length: 1_002 }, () => 60), 1_000],
  ])('signs for nothing that was hashed anew: %s', async (_what, ages, forged) => {
    await chains.append(
      'user:42',
      ages.map((age) => daysOld(age)),
    );
    await hashAnew('user:42', forged);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toHaveLength(ages.length);
    expect((await verifyAll(database)).faults).not.toEqual([]);
  });

  it('keeps on record which chains were begun', async () => {
    const begun = prepareEvent(anEvent({ userId: null, kind: 'chain.begun', data: { chain: 'user:42' } }), {
      at: new Date(NOW - 60 * DAY),
    });
    await chains.append('coordinator', [
      begun,
      prepareEvent(anEvent({ userId: null }), { at: new Date(NOW - 60 * DAY) }),
    ]);
    await retention.prune(NOW);
    expect(await recordsOf(database, 'coordinator')).toMatchObject([
      { seq: 3, kind: 'audit.pruned', data: { first_seq: 1, last_seq: 2 } },
      { seq: 4, kind: 'chain.begun', data: { chain: 'user:42' } },
    ]);
    expect((await verifyAll(database)).faults).toEqual([{ chain: 'user:42', seq: null, fault: 'no_chain' }]);
  });

  it('is done while others write, by several processes at once', async () => {
    for (const age of [60, 60, 1]) await chains.append('user:42', [daysOld(age)]);
    const other = new AuditChains(database, signer);
    const writing = (async () => {
      for (let count = 0; count < 10; count += 1) await other.append('user:42', [aPreparedEvent()]);
    })();
    await Promise.all([retention.prune(NOW), retention.prune(NOW), writing]);
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 13 });
    const [head] = await database.select().from(auditHeads).where(eq(auditHeads.chain, 'user:42'));
    expect(head).toMatchObject({ firstSeq: 3, seq: 15 });
  });
});
