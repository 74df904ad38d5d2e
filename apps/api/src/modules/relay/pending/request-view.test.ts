import { describe, expect, it } from '@jest/globals';
import { aCommandResult } from '@servonaut/testkit';
import { aRequestRecord } from '../testing/records.ts';
import { toRequestView } from './request-view.ts';

describe('what may be known of a request that has ended', () => {
  const mayRun = (given: Parameters<typeof aRequestRecord>[0]) =>
    toRequestView(aRequestRecord({ state: 'finished', ...given })).mayRun;

  it.each(['cancelled', 'unknown'] as const)('is that it may run, when it is %s without a result', (outcome) => {
    expect(mayRun({ outcome, acknowledges: true })).toBe('until_stopped');
    expect(mayRun({ outcome, acknowledges: false })).toBe('until_over');
  });

  it('is that it does not run, when its executor says so or has never begun it', () => {
    expect(mayRun({ outcome: 'cancelled', result: aCommandResult(), acknowledges: false })).toBeUndefined();
    expect(mayRun({ outcome: 'not_delivered', acknowledges: true })).toBeUndefined();
  });

  it('is that nothing has run as far as is known, when its executor fell silent while the operator was asked', () => {
    const ended = { state: 'finished', outcome: 'unknown', reason: 'outcome_unknown' } as const;
    const { error } = toRequestView(aRequestRecord({ ...ended, approvalUntil: Date.UTC(2026, 10, 22, 10) }));
    expect(error?.message).toMatch(/waited for the approval of the operator: .* nothing of it has run\./);
  });

  it('is when it had begun, when nobody knows its end', () => {
    const ended = { state: 'finished', outcome: 'unknown', reason: 'outcome_unknown' } as const;
    const { error } = toRequestView(aRequestRecord({ ...ended, startedAt: Date.UTC(2026, 10, 22, 10) }));
    expect(error?.message).toMatch(/It is not run again\. It had begun by 2026-11-22T10:00:00\.000Z\.$/);
  });
});
