import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { sql } from 'drizzle-orm';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { AuditChains } from './audit-chains.ts';
import { AuditJournal } from './audit-journal.ts';
import { openJournal } from './audit-journal.provider.ts';
import { prepareEvent } from './audit-event.ts';
import { AuditTrail } from './audit-trail.ts';
import type { HeadSigner } from './head-signer.ts';
import { anEvent, aPreparedEvent, recordsOf, testSigner, verifyAll } from './testing/chains.ts';

// What cannot be written is worth an error anywhere but here.
Logger.overrideLogger(false);

const KEY = Buffer.alloc(32, 5);
const DAY_MS = 86_400_000;
const LIMITS = { maxEvents: 10_000, maxLength: 10_000_000, waitMs: 60_000 };

describe('the journal of the audit', () => {
  let connection: TestDatabase;
  let signer: HeadSigner;
  let file: string;
  const trails: AuditTrail[] = [];

  beforeAll(async () => {
    connection = await DATABASES[0]![1]();
    signer = await testSigner();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(async () => {
    await connection.database.execute(sql`truncate audit_events, audit_heads`);
    file = path.join(await temporaryFolder(), 'audit.journal');
  });

  afterEach(() => Promise.all(trails.splice(0).map((trail) => trail.flush())));

  const chains = () => new AuditChains(connection.database, signer);
  const keys = { derive: () => KEY };
  const open = (databaseUrl: string | null = null) =>
    openJournal(connection.database, keys, { databaseUrl, dataDir: path.dirname(file), audit: { retentionDays: 30 } });
  const refused = { code: 'config_invalid' };
  const away = { append: () => Promise.reject(new Error('no database')) };

  /** As a coordinator starts. */
  async function start(storing: Pick<AuditChains, 'append'> = chains()) {
    const journal = (await open())!;
    const trail = new AuditTrail(storing, LIMITS, journal);
    trails.push(trail);
    return { journal, trail };
  }

  it('keeps what its database takes later, in the order in which it came', async () => {
    const { trail } = await start();
    await trail.keep(anEvent({ kind: 'call.arrived' }), anEvent({ kind: 'call.decided' }));
    trail.note(anEvent({ kind: 'call.delivered' }));
    expect(await recordsOf(connection.database, 'user:42')).toEqual([]);
    await trail.settle();
    const records = await recordsOf(connection.database, 'user:42');
    expect(records.map(({ kind }) => kind)).toEqual(['call.arrived', 'call.decided', 'call.delivered']);
  });

  it('has its events stored by themselves', async () => {
    const { trail } = await start();
    await trail.keep(anEvent());
    await waitFor(async () => (await recordsOf(connection.database, 'user:42')).length > 0, { what: 'the event' });
  });

  it('does not stand for the database where that is what somebody waits for', async () => {
    const { trail } = await start();
    await trail.record(anEvent());
    expect(await recordsOf(connection.database, 'user:42')).toHaveLength(1);
    const { trail: broken } = await start(away);
    await expect(broken.record(anEvent())).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  it('lets no more calls in once the database has not taken what is in it', async () => {
    const { trail } = await start(away);
    await trail.keep(anEvent());
    await trail.settle();
    await expect(trail.keep(anEvent())).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  it('has what a killed process has not stored stored by the next one, each event once', async () => {
    const killed = await start(away);
    const same = anEvent({ kind: 'executor.gone' });
    for (const event of [anEvent({ data: { n: 1 } }), anEvent({ data: { n: 2 } }), same, same])
      killed.trail.note(event);
    await killed.trail.keep(anEvent({ userId: '43' }));
    await chains().append('user:42', killed.journal.left.slice(0, 3));
    const { trail } = await start();
    await trail.keep(anEvent({ data: { n: 3 } }));
    await trail.settle();
    const data = (await recordsOf(connection.database, 'user:42')).map(({ kind, data: { n } }) => n ?? kind);
    expect(data).toEqual([1, 2, 'executor.gone', 'executor.gone', 3]);
    expect(await verifyAll(connection.database)).toEqual({ faults: [], records: 6 });
  });

  it('leaves out an event of which the end is missing, for which nobody was told anything', async () => {
    const journal = new AuditJournal(file, KEY);
    journal.append([aPreparedEvent({ data: { n: 1 } }), aPreparedEvent({ data: { n: 2 } })]);
    truncateSync(file, statSync(file).size - 10);
    appendFileSync(file, '\nnull');
    journal.append([aPreparedEvent({ data: { n: 3 } })]);
    expect(new AuditJournal(file, KEY).left.map(({ text }) => JSON.parse(text).data.n)).toEqual([1, 3]);
  });

  it('is read by its owner alone, and holds nothing when all of it is stored and the process ends', async () => {
    const { journal, trail } = await start();
    await trail.keep(anEvent());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await trail.flush();
    journal.close();
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('holds nothing as soon as all of it is stored', async () => {
    const { trail } = await start();
    await trail.keep(anEvent());
    await trail.settle();
    expect(readFileSync(file, 'utf8')).toBe('');
    await trail.keep(anEvent());
    expect(new AuditJournal(file, KEY).left).toHaveLength(1);
  });

  it('does not bring back what retention may have removed', async () => {
    const killed = await start(away);
    const old = prepareEvent(anEvent(), { at: new Date(Date.now() - 31 * DAY_MS) });
    killed.journal.append([old, aPreparedEvent({ data: { n: 'new' } })]);
    const { trail } = await start();
    await trail.settle();
    expect(await recordsOf(connection.database, 'user:42')).toMatchObject([{ data: { n: 'new' } }]);
  });

  it('is no way to have anything signed for whoever can write to it', async () => {
    new AuditJournal(file, KEY).append([aPreparedEvent()]);
    const [, line = ''] = readFileSync(file, 'utf8').split('\n');
    for (const forged of [line.replace('run_command', 'get_logs'), line.replace(/^.{43}/, 'A'.repeat(43))]) {
      writeFileSync(file, `\n${forged}`);
      await expect(open()).rejects.toMatchObject({
        ...refused,
        nextStep: expect.stringContaining('move it elsewhere'),
      });
    }
    writeFileSync(file, `\n${line}`);
    await expect(open()).resolves.toMatchObject({ left: [{ kind: 'call.arrived' }] });
    expect(() => new AuditJournal(file, Buffer.alloc(32, 6))).toThrow(expect.objectContaining(refused));
  });

  it('becomes that of its owner alone, whatever it was', async () => {
    writeFileSync(file, '', { mode: 0o644 });
    await open();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps a coordinator from another database until what is left is stored', async () => {
    await expect(open('postgres://db.example/x')).resolves.toBeNull();
    expect(existsSync(file)).toBe(false);
    new AuditJournal(file, KEY).append([aPreparedEvent()]);
    const nextStep = 'Start once without DATABASE_URL, stop in order, and then set it.';
    await expect(open('postgres://db.example/x')).rejects.toMatchObject({ ...refused, nextStep });
    const { trail } = await start();
    await trail.settle();
    await expect(open('postgres://db.example/x')).resolves.toBeNull();
  });

  it('is written anew without what is stored before it grows large', async () => {
    const { journal, trail } = await start();
    journal.append([aPreparedEvent({ data: { n: 'waits for ever' } })]);
    const long = anEvent({ data: { text: 'x'.repeat(300_000) } });
    for (let count = 0; count < 8; count += 1) {
      await trail.keep(long);
      await trail.settle();
    }
    expect(statSync(file).size).toBeLessThan(1_500_000);
    await trail.keep(anEvent({ data: { n: 9 } }));
    expect(journal.left.length).toBe(2);
  });

  it('lets calls wait for the database when it cannot be written', async () => {
    const { journal, trail } = await start();
    journal.close();
    await trail.keep(anEvent());
    expect(await recordsOf(connection.database, 'user:42')).toHaveLength(1);
    const { trail: broken, journal: closed } = await start(away);
    closed.close();
    await expect(broken.keep(anEvent())).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});
