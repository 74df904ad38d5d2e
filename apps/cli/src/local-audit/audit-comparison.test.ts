import { describe, expect, it } from '@jest/globals';
import type { ExecutorHashBody } from '@servonaut/contracts';
import { AuditComparison, type ComparisonFacts } from './audit-comparison.ts';

const minute = (count: number): string =>
  new Date(Date.parse('2026-11-22T10:00:00.000Z') + count * 60_000).toISOString();
const hashOf = (id: string): string => id.padEnd(43, 'h');

const ended = (seq: number, id: string, hash = hashOf(id), executor_id: string | undefined = 'e1') => ({
  hash,
  record: {
    v: 1 as const,
    seq,
    at: minute(seq),
    kind: 'call.ended',
    request_id: id,
    data: executor_id === undefined ? {} : { executor_id },
  },
});

const row = (at: number, id: string, hash = hashOf(id), executor_id = 'e1'): ExecutorHashBody => ({
  request_id: id,
  at: minute(at),
  outcome: 'succeeded',
  executor_id,
  executor_audit_hash: hash,
});

function compared(
  here: readonly ReturnType<typeof ended>[],
  there: readonly ExecutorHashBody[],
  facts: Partial<ComparisonFacts> = {},
) {
  const comparison = new AuditComparison();
  for (const entry of here) comparison.add(entry);
  const settledBefore = Date.parse(minute(60));
  const usual = { executorIds: ['e1'], undelivered: new Set<string>(), settledBefore, trim: undefined };
  return comparison.compare(there, { ...usual, ...facts });
}

const DAY_MINUTES = 1_440;
const trim = (at: number, why: 'size' | 'age' = 'size') => ({ at: minute(at), why, keep_mib: 1, keep_days: 10 });

describe('two audits', () => {
  it('agree when both have the same', () => {
    const { disagreements, same } = compared([ended(1, 'a'), ended(2, 'b')], [row(1, 'a'), row(2, 'b')]);
    expect([disagreements, same]).toEqual([[], 2]);
  });

  it('agree about what the operator has run without the coordinator', () => {
    expect(
      compared([ended(1, 'a'), { ...ended(2, 'b'), record: { ...ended(2, 'b').record, data: {} } }], [row(1, 'a')]),
    ).toMatchObject({
      disagreements: [],
      unsettled: 0,
    });
  });

  it('agree when one of two ends that a kill has parted is there', () => {
    const here = [ended(1, 'a', hashOf('before')), ended(2, 'a', hashOf('after'))];
    expect(compared(here, [row(2, 'a', hashOf('after'))]).disagreements).toEqual([]);
  });

  it('do not agree about what the coordinator has lost', () => {
    expect(compared([ended(1, 'a'), ended(2, 'b')], [row(1, 'a')]).disagreements).toEqual([
      { request_id: 'b', fault: 'missing_there', at: minute(2), seq: 2 },
    ]);
    expect(compared([ended(1, 'a')], []).disagreements).toHaveLength(1);
  });

  it('do not agree about what was cut off here, also all of it', () => {
    const lost = { request_id: 'b', fault: 'missing_here', at: minute(2), seq: null };
    expect(compared([ended(1, 'a')], [row(1, 'a'), row(2, 'b')]).disagreements).toEqual([lost]);
    expect(compared([], [row(2, 'b')]).disagreements).toEqual([lost]);
  });

  it('do not agree when all of it was removed here, and one call has come since', () => {
    const there = [row(1, 'a'), row(2, 'b'), row(9, 'c')];
    const lost = [expect.objectContaining({ request_id: 'a' }), expect.objectContaining({ request_id: 'b' })];
    const { disagreements, same, elsewhere, trimmed } = compared([ended(9, 'c')], there);
    expect(disagreements).toEqual(lost);
    expect([same, elsewhere, trimmed]).toEqual([1, 0, 0]);
  });

  it('have to agree about what came after what was trimmed', () => {
    const there = [row(4, 'old'), row(5, 'a'), row(6, 'b')];
    expect(compared([ended(5, 'a')], there, { trim: trim(5) })).toMatchObject({
      disagreements: [{ request_id: 'b', fault: 'missing_here' }],
      trimmed: 1,
    });
  });

  it('do not agree about what either has changed', () => {
    expect(compared([ended(1, 'a')], [row(1, 'a', hashOf('x'))]).disagreements).toEqual([
      { request_id: 'a', fault: 'other_hash', at: minute(1), seq: 1 },
    ]);
  });

  it('need not agree about what waits or has just left, and what one of them keeps no longer', () => {
    const here = [ended(5, 'a'), ended(6, 'waits'), ended(7, 'just')];
    const facts = { undelivered: new Set(['waits']), settledBefore: Date.parse(minute(7)), trim: trim(6) };
    expect(compared(here, [row(4, 'before'), row(5, 'a')], facts)).toMatchObject({
      disagreements: [],
      same: 1,
      trimmed: 1,
      elsewhere: 0,
      unsettled: 2,
    });
    expect(compared([ended(1, 'old'), ended(5, 'a')], [row(5, 'a')])).toMatchObject({
      disagreements: [],
      unsettled: 0,
      forgotten: 1,
    });
  });

  it('do not agree about what was removed as too old, and is not', () => {
    const [old, young] = [row(0, 'old'), row(3 * DAY_MINUTES, 'young')];
    const here = [ended(12 * DAY_MINUTES, 'a')];
    const there = [old, young, row(12 * DAY_MINUTES, 'a')];
    const facts = { settledBefore: Infinity };
    expect(compared(here, there, { ...facts, trim: trim(12 * DAY_MINUTES, 'age') })).toMatchObject({
      disagreements: [{ request_id: 'young', fault: 'missing_here' }],
      trimmed: 1,
    });
    expect(compared(here, there, { ...facts, trim: trim(12 * DAY_MINUTES) })).toMatchObject({
      disagreements: [],
      trimmed: 2,
    });
  });

  it('need not agree about other executors of the user', () => {
    expect(compared([ended(1, 'a')], [row(1, 'a'), row(2, 'b', hashOf('b'), 'e2')])).toMatchObject({
      disagreements: [],
      elsewhere: 1,
    });
  });
});
