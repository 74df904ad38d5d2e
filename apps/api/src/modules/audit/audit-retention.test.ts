import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asc, eq, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { AuditChains } from './audit-chains.ts';
import { prepareEvent, type AuditEvent } from './audit-event.ts';
import { AuditRetention } from './audit-retention.ts';
import { ChainRetention } from './chain-retention.ts';
import type { HeadSigner } from './head-signer.ts';
import { anEvent, aPreparedEvent, testSigner, verifyAll } from './testing/chains.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-22T10:00:00Z');

describe.each(DATABASES)('retention on %s', (_kind, open) => {
  let connection: TestDatabase;
  let database: Database;
  let signer: HeadSigner;
  let chains: AuditChains;
  let noted: AuditEvent[];
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

  beforeAll(async () => {
    connection = await open();
    ({ database } = connection);
    signer = await testSigner();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(async () => {
    await database.execute(sql`truncate audit_events, audit_heads`);
    chains = new AuditChains(database, signer);
    noted = [];
    retention = new AuditRetention(new ChainRetention(database, signer), { note: (event) => noted.push(event) }, 30);
  });

  it('removes what is older than it has to be, and what is left verifies and goes on', async () => {
    for (const age of [90, 60, 31, 29, 1]) await chains.append('user:42', [daysOld(age)]);
    await chains.append('user:43', [daysOld(1, '43')]);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([4, 5]);
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 4 });
    const data = { first_seq: 1, last_seq: 3, before: new Date(NOW - 30 * DAY).toISOString() };
    expect(noted).toMatchObject([{ kind: 'audit.pruned', userId: '42', actor: { kind: 'coordinator' }, data }]);
    await retention.prune(NOW);
    expect(noted).toHaveLength(1);
  });

  it('removes the oldest only: what is younger keeps all after it', async () => {
    for (const age of [60, 1, 60]) await chains.append('user:42', [daysOld(age)]);
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([2, 3]);
    expect((await verifyAll(database)).faults).toEqual([]);
  });

  it('removes a whole chain but for its head, by more than one step, and the chain goes on', async () => {
    for (let step = 0; step < 5; step += 1)
      await chains.append(
        'user:42',
        Array.from({ length: 500 }, () => daysOld(60)),
      );
    await retention.prune(NOW);
    expect(await seqsOf('user:42')).toEqual([]);
    expect(noted).toMatchObject([{ data: { first_seq: 1, last_seq: 2_500 } }]);
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await seqsOf('user:42')).toEqual([2_501]);
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
    if (what === 'was made older') expect([await seqsOf('user:42'), faults]).toEqual([[4], []]);
    else expect(faults.filter(({ chain }) => chain === 'user:42')).not.toEqual([]);
    if (!what.startsWith('stands')) expect(await seqsOf('user:43')).toEqual([]);
  });

  it('is done while others write, by several processes at once', async () => {
    for (const age of [60, 60, 1]) await chains.append('user:42', [daysOld(age)]);
    const other = new AuditChains(database, signer);
    const writing = (async () => {
      for (let count = 0; count < 10; count += 1) await other.append('user:42', [aPreparedEvent()]);
    })();
    await Promise.all([retention.prune(NOW), retention.prune(NOW), writing]);
    await chains.append('user:42', [aPreparedEvent()]);
    expect(await verifyAll(database)).toEqual({ faults: [], records: 12 });
    const [head] = await database.select().from(auditHeads);
    expect(head).toMatchObject({ firstSeq: 3, seq: 14 });
  });
});
