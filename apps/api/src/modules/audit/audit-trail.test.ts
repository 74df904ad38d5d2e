import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { waitFor } from '@servonaut/testkit';
import type { PreparedEvent } from './audit-event.ts';
import { AuditTrail } from './audit-trail.ts';
import { anEvent } from './testing/chains.ts';

// Outages are worth an error anywhere but here.
Logger.overrideLogger(false);

/** Chains that store when the test lets them. */
class HeldChains {
  readonly batches: { chain: string; kinds: string[]; settle: PromiseWithResolvers<void> }[] = [];
  opened = false;

  async append(chain: string, events: readonly PreparedEvent[]): Promise<void> {
    const settle = Promise.withResolvers<void>();
    this.batches.push({ chain, kinds: events.map(({ kind }) => kind), settle });
    if (!this.opened) await settle.promise;
  }

  batch(index: number) {
    return waitFor(() => this.batches[index], { what: `batch ${index}` });
  }
}

const OPTIONS = { maxEvents: 100, maxLength: 1_000_000, waitMs: 60_000 };

function start(options: Partial<typeof OPTIONS> = {}) {
  const chains = new HeldChains();
  return { chains, trail: new AuditTrail(chains, { ...OPTIONS, ...options }) };
}

const AWAY = { code: 'audit_unavailable' };

describe('the audit trail', () => {
  it('has recorded what it says it has', async () => {
    const { chains, trail } = start();
    let done = false;
    const recorded = trail.record(anEvent({ kind: 'a.b' }), anEvent({ kind: 'c.d' })).then(() => (done = true));
    const batch = await chains.batch(0);
    expect([batch.chain, batch.kinds, done]).toEqual(['user:42', ['a.b', 'c.d'], false]);
    batch.settle.resolve();
    await recorded;
    expect(done).toBe(true);
  });

  it('stores together what came while the last was stored, in its order, and no chain waits for another', async () => {
    const { chains, trail } = start();
    const first = trail.record(anEvent({ kind: 'n.a' }));
    const one = await chains.batch(0);
    const rest = [trail.record(anEvent({ kind: 'n.b' })), trail.record(anEvent({ kind: 'n.c' }))];
    trail.note(anEvent({ kind: 'n.d' }));
    const other = trail.record(anEvent({ userId: null, kind: 'o.a' }));
    const two = await chains.batch(1);
    expect([two.chain, two.kinds]).toEqual(['coordinator', ['o.a']]);
    two.settle.resolve();
    await other;
    expect(chains.batches).toHaveLength(2);
    one.settle.resolve();
    await first;
    const three = await chains.batch(2);
    expect(three.kinds).toEqual(['n.b', 'n.c', 'n.d']);
    three.settle.resolve();
    await Promise.all(rest);
  });

  it('stores what nobody waits for with what somebody waits for, or else soon', async () => {
    const { chains, trail } = start();
    chains.opened = true;
    await trail.record(anEvent({ kind: 'n.a' }));
    trail.note(anEvent({ kind: 'n.b' }));
    await trail.record(anEvent({ kind: 'n.c' }));
    trail.note(anEvent({ kind: 'n.d' }));
    await chains.batch(2);
    expect(chains.batches.map(({ kinds }) => kinds)).toEqual([['n.a'], ['n.b', 'n.c'], ['n.d']]);
  });

  it('refuses what cannot be stored, keeps it, and takes no more until it is', async () => {
    const { chains, trail } = start();
    const refused = [trail.record(anEvent({ kind: 'n.a' })), trail.record(anEvent({ kind: 'n.b' }))];
    (await chains.batch(0)).settle.reject(new Error('no database'));
    for (const refusal of refused) await expect(refusal).rejects.toMatchObject(AWAY);
    expect(() => trail.checkRoom('42')).toThrow(expect.objectContaining(AWAY));
    await expect(trail.record(anEvent())).rejects.toMatchObject(AWAY);
    trail.checkRoom('43');
    trail.note(anEvent({ kind: 'n.c' }));
    const again = await chains.batch(1);
    expect(again.kinds).toEqual(['n.a', 'n.b']);
    again.settle.resolve();
    const rest = await chains.batch(2);
    expect(rest.kinds).toEqual(['n.c']);
    trail.checkRoom('42');
    rest.settle.resolve();
  });

  it('says in its log why, and nothing of what was to be stored', async () => {
    const said: unknown[] = [];
    Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: (text: unknown) => said.push(text) });
    const { chains, trail } = start();
    const recorded = trail.record(anEvent());
    const failure = new Error('Failed query: insert … params: hunter2', { cause: new Error('disk full') });
    (await chains.batch(0)).settle.reject(failure);
    await expect(recorded).rejects.toMatchObject({ ...AWAY, detail: 'disk full' });
    Logger.overrideLogger(false);
    expect(said).toEqual(['the audit cannot be written, calls are refused: disk full']);
    (await chains.batch(1)).settle.resolve();
  });

  it('lets nobody wait for longer than that, and stores it all the same', async () => {
    const { chains, trail } = start({ waitMs: 20 });
    const recorded = trail.record(anEvent());
    await expect(recorded).rejects.toMatchObject(AWAY);
    expect(() => trail.checkRoom('42')).toThrow(expect.objectContaining(AWAY));
    expect(chains.batches).toHaveLength(1);
    chains.batches[0]!.settle.resolve();
    await trail.flush();
    trail.checkRoom('42');
  });

  it.each([
    ['events', { maxEvents: 2 }],
    ['characters', { maxLength: 300 }],
  ])('takes in no more than so many %s, whosever they are', async (_what, limits) => {
    const { chains, trail } = start(limits);
    const recorded = [trail.record(anEvent({ userId: '1' })), trail.record(anEvent({ userId: '2' }))];
    await chains.batch(1);
    await expect(trail.record(anEvent({ userId: '3' }))).rejects.toMatchObject(AWAY);
    trail.note(anEvent({ userId: '1' }));
    chains.opened = true;
    for (const index of [0, 1]) (await chains.batch(index)).settle.resolve();
    await Promise.all(recorded);
    await trail.flush();
    await trail.record(anEvent({ userId: '3' }));
  });

  it('keeps out nobody but the user whose chain cannot be written, however much waits there', async () => {
    const { chains, trail } = start({ maxEvents: 8 });
    const refused = trail.record(anEvent());
    (await chains.batch(0)).settle.reject(new Error('not signed'));
    await expect(refused).rejects.toMatchObject(AWAY);
    for (let count = 0; count < 20; count += 1) trail.note(anEvent({ kind: 'executor.connected' }));
    await trail.settle();
    trail.checkRoom('43');
    expect(() => trail.checkRoom('42')).toThrow(expect.objectContaining(AWAY));
    chains.opened = true;
    (await chains.batch(1)).settle.resolve();
    await trail.flush();
    expect(chains.batches.flatMap(({ kinds }) => kinds)).toHaveLength(22);
    for (let count = 0; count < 20; count += 1) await trail.record(anEvent());
  });

  it('has room for a quarter of all in one chain', async () => {
    const { chains, trail } = start({ maxEvents: 8 });
    const recorded = [trail.record(anEvent()), trail.record(anEvent())];
    await chains.batch(0);
    expect(() => trail.checkRoom('42')).toThrow(expect.objectContaining(AWAY));
    trail.checkRoom('43');
    chains.batches[0]!.settle.resolve();
    await Promise.all(recorded);
    trail.checkRoom('42');
  });

  it('asks for what an event says when what it is about has gone out, and says so when there is no such thing', async () => {
    const { chains, trail } = start();
    chains.opened = true;
    const said: string[] = [];
    const recorded = trail.record(anEvent({ data: () => ({ n: said.push('asked') }) }));
    const refused = trail.keep(anEvent({ data: () => ({ n: Number.NaN }) }));
    said.push('published');
    await expect(refused).rejects.toThrow('no canonical form');
    await recorded;
    expect([said, chains.batches.length]).toEqual([['published', 'asked'], 1]);
  });

  it('has stored everything when it is flushed', async () => {
    const { chains, trail } = start();
    chains.opened = true;
    trail.note(anEvent({ kind: 'n.a' }));
    trail.note(anEvent({ kind: 'n.b', userId: null }));
    await trail.flush();
    expect(chains.batches.map(({ kinds }) => kinds)).toEqual([['n.a'], ['n.b']]);
  });

  it('gives up what fails when the process stops', async () => {
    const { chains, trail } = start();
    trail.note(anEvent());
    const flushed = trail.flush();
    (await chains.batch(0)).settle.reject(new Error('no database'));
    await flushed;
    expect(chains.batches).toHaveLength(1);
  });
});
