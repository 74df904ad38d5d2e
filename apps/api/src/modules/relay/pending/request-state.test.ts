import { describe, expect, it } from '@jest/globals';
import { aCommandResult } from '@servonaut/testkit';
import fc from 'fast-check';
import { aRequestRecord } from '../testing/records.ts';
import { deadlineOf, latestApproval, type RequestRecord } from './request-record.ts';
import { transition, type RequestEvent, type Transition } from './request-state.ts';

const CREATED = 1_000_000;
const record = aRequestRecord({ createdAt: CREATED });
const legacy = { ...record, acknowledges: false };
const success = aCommandResult({ request_id: record.requestId });
const failure = aCommandResult({ request_id: record.requestId, status: 'error', exit_code: 1 });

const after = (from: RequestRecord, ...events: RequestEvent[]): Transition =>
  events.reduce<Transition>((last, event) => transition(last.record, event, CREATED + 1), {
    kind: 'unchanged',
    record: from,
  });
const published = after(record, { type: 'published' }).record;
const started = after(published, { type: 'acknowledged' }).record;

describe('a request', () => {
  it('goes from queued over published and started to finished', () => {
    const finished = after(started, { type: 'result', result: success }).record;
    expect([record, published, started, finished].map(({ state }) => state)).toEqual([
      'queued',
      'published',
      'started',
      'finished',
    ]);
    expect(finished).toMatchObject({ outcome: 'succeeded', result: success, reason: null });
  });

  it('may be acknowledged before the hub has answered', () => {
    const early = after(record, { type: 'acknowledged' }).record;
    expect(early.state).toBe('started');
    expect(after(early, { type: 'published' }).kind).toBe('unchanged');
    expect(after(early, { type: 'publish_failed' }).kind).toBe('unchanged');
  });

  it.each([
    ['not_delivered', published, record.ackBy],
    ['not_delivered', record, record.ackBy],
    ['unknown', started, (started.startedAt ?? 0) + started.resultWithinMs],
    ['unknown', after(legacy, { type: 'published' }).record, legacy.ackBy + legacy.resultWithinMs],
  ] as const)('is %s when its deadline passes, and not a moment before', (outcome, from, deadline) => {
    expect(deadlineOf(from)).toBe(deadline);
    expect(transition(from, { type: 'deadline' }, deadline - 1).kind).toBe('unchanged');
    expect(transition(from, { type: 'deadline' }, deadline).record).toMatchObject({ state: 'finished', outcome });
  });

  it.each([
    ['not_delivered', published],
    ['unknown', started],
    ['unknown', after(legacy, { type: 'published' }).record],
  ] as const)('is %s when its executor falls silent', (outcome, from) => {
    expect(after(from, { type: 'executor_silent' }).record.outcome).toBe(outcome);
  });

  it.each(['publish_failed', 'cancelled', 'revoked', 'executor_silent'] as const)(
    'is corrected by a result after %s',
    (type) => {
      const guessed = after(published, { type }).record;
      expect(guessed.state).toBe('finished');
      expect(after(guessed, { type: 'result', result: failure }).record).toMatchObject({
        outcome: 'failed',
        reason: null,
      });
    },
  );

  it('needs no acknowledgement before its result', () => {
    expect(after(published, { type: 'result', result: success }).record).toMatchObject({
      state: 'finished',
      outcome: 'succeeded',
      result: success,
    });
  });

  it('is unknown, once its executor is back, after that was killed before it had acknowledged', () => {
    const guessed = transition(published, { type: 'deadline' }, published.ackBy).record;
    expect(guessed.outcome).toBe('not_delivered');
    const result = aCommandResult({ request_id: record.requestId, status: 'error', error_code: 'outcome_unknown' });
    expect(after(guessed, { type: 'result', result }).record.outcome).toBe('unknown');
  });

  it('takes the same result twice and refuses another one', () => {
    const finished = after(started, { type: 'result', result: success }).record;
    expect(after(finished, { type: 'result', result: { ...success } }).kind).toBe('unchanged');
    expect(after(finished, { type: 'result', result: failure })).toMatchObject({
      kind: 'refused',
      code: 'result_conflict',
    });
  });

  it.each([
    ['request_cancelled', after(published, { type: 'cancelled' }).record, CREATED],
    ['request_expired', after(published, { type: 'executor_silent' }).record, CREATED],
    ['request_expired', published, record.ackBy + 1],
    ['request_finished', after(started, { type: 'result', result: success }).record, CREATED],
  ] as const)('tells an executor that starts it now to stop: %s', (code, from, now) => {
    expect(transition(from, { type: 'acknowledged' }, now)).toMatchObject({ kind: 'refused', code });
  });

  it.each([
    ['another user', { userId: '43' }],
    ['another credential', { credentialId: 'cred-e2' }],
    ['another executor', { executorId: 'e2' }],
  ])('takes no report of %s', (_, given) => {
    const by = { userId: '42', credentialId: 'cred-e1', executorId: 'e1', ...given };
    for (const report of [{ type: 'acknowledged' }, { type: 'result', result: success }] as const)
      expect(after(published, { type: 'reported', by, report })).toMatchObject({
        kind: 'refused',
        code: 'request_unknown',
      });
  });

  it.each([
    ['in its name', 'e1'],
    ['in no name, as older ones do', undefined],
  ])('takes the reports of its executor %s', (_, executorId) => {
    const by = { userId: '42', credentialId: 'cred-e1', executorId };
    expect(after(published, { type: 'reported', by, report: { type: 'acknowledged' } }).record.state).toBe('started');
    const report = { type: 'result', result: success } as const;
    expect(after(published, { type: 'reported', by, report }).record.outcome).toBe('succeeded');
  });

  it.each([
    ['before its deadline was seen to', published],
    ['after it was given up', transition(published, { type: 'deadline' }, record.ackBy).record],
    ['although the hub had refused it', after(record, { type: 'publish_failed' }).record],
  ])('that begins too late is cancelled rather than not delivered: %s', (_, from) => {
    const late = transition(from, { type: 'acknowledged' }, record.ackBy + 1);
    expect(late).toMatchObject({ kind: 'refused', code: 'request_expired' });
    expect(late.record).toMatchObject({ outcome: 'cancelled', startedAt: record.ackBy + 1 });
    expect(after(late.record, { type: 'acknowledged' })).toMatchObject({ kind: 'refused', code: 'request_cancelled' });
  });

  it.each([
    ['whose token is revoked', 'revoked', 'token_revoked'],
    ['whose delegation has ended', 'delegation_ended', 'delegation_ended'],
  ] as const)('%s stays cancelled for that, whatever its executor makes of it', (_, type, reason) => {
    const revoked = after(started, { type }).record;
    expect(revoked).toMatchObject({ outcome: 'cancelled', reason });
    const stopped = { ...failure, error_code: 'request_cancelled' } as const;
    expect(after(revoked, { type: 'result', result: stopped }).record).toMatchObject({
      outcome: 'cancelled',
      reason,
    });
    expect(after(revoked, { type: 'result', result: success }).record).toMatchObject({
      outcome: 'succeeded',
      reason: null,
    });
  });

  it('lets a run go on whose outcome was given up', () => {
    const given_up = after(started, { type: 'executor_silent' }).record;
    expect(after(given_up, { type: 'acknowledged' }).kind).toBe('unchanged');
  });
});

describe('a request that waits for the operator', () => {
  const MINUTE = 60_000;
  const asks = { type: 'awaiting_approval', forMs: 10 * MINUTE } as const;
  const waiting = transition(published, asks, CREATED + 2).record;

  it('stays open until the operator may no longer answer, and for as long as it would run then', () => {
    expect(waiting).toMatchObject({
      state: 'awaiting_approval',
      startedAt: null,
      message: null,
      approvalUntil: CREATED + 2 + 10 * MINUTE,
    });
    const deadline = CREATED + 2 + 10 * MINUTE + record.resultWithinMs;
    expect(deadlineOf(waiting)).toBe(deadline);
    expect(transition(waiting, { type: 'deadline' }, deadline - 1).kind).toBe('unchanged');
  });

  it('starts with the next acknowledgement, however long after the start-by deadline', () => {
    const agreed = record.ackBy + 5 * MINUTE;
    const running = transition(waiting, { type: 'acknowledged' }, agreed).record;
    expect(running).toMatchObject({ state: 'started', startedAt: agreed });
    expect(deadlineOf(running)).toBe(agreed + record.resultWithinMs);
    expect(transition(running, asks, agreed + 1).kind).toBe('unchanged');
  });

  it.each(['published', 'publish_failed'] as const)(
    'has met the start-by deadline, whatever the hub says: %s',
    (type) => {
      const early = after(record, asks).record;
      expect(early.state).toBe('awaiting_approval');
      expect(after(early, { type }).kind).toBe('unchanged');
    },
  );

  it('is put off as often as its executor likes, but not beyond the longest time that there is', () => {
    let [last, now] = [waiting, CREATED];
    for (; now < CREATED + 120 * MINUTE && last.state !== 'finished'; now += 9 * MINUTE)
      last = transition(transition(last, { type: 'deadline' }, now).record, asks, now).record;
    expect(last).toMatchObject({ state: 'finished', approvalUntil: latestApproval(record) });
    expect(now).toBeLessThan(latestApproval(record) + 20 * MINUTE);
  });

  it.each([
    ['its executor falls silent', transition(waiting, { type: 'executor_silent' }, CREATED + MINUTE).record],
    ['nothing is heard any more', transition(waiting, { type: 'deadline' }, CREATED + 60 * MINUTE).record],
  ])('is unknown when %s, and stopped should it begin after all', (_, given_up) => {
    expect(given_up).toMatchObject({ outcome: 'unknown', startedAt: null });
    expect(after(given_up, asks)).toMatchObject({ kind: 'refused', code: 'request_expired', record: given_up });
    const late = after(given_up, { type: 'acknowledged' });
    expect(late).toMatchObject({ kind: 'refused', code: 'request_expired', record: { outcome: 'cancelled' } });
    expect(after(late.record, { type: 'result', result: success }).record.outcome).toBe('succeeded');
  });

  it('does so no longer when it is cancelled', () => {
    const cancelled = after(waiting, { type: 'cancelled' }).record;
    for (const event of [asks, { type: 'acknowledged' }] as const)
      expect(after(cancelled, event)).toMatchObject({ kind: 'refused', code: 'request_cancelled' });
  });

  it.each([
    ['before its deadline was seen to', published],
    ['after it was given up', transition(published, { type: 'deadline' }, record.ackBy).record],
  ])('too late has not begun, and is not delivered: %s', (_, from) => {
    const late = transition(from, asks, record.ackBy + 1);
    expect(late).toMatchObject({ kind: 'refused', code: 'request_expired' });
    expect(late.record).toMatchObject({ outcome: 'not_delivered', startedAt: null });
  });
});

describe('the outcome of a result', () => {
  it.each([
    ['succeeded', { status: 'success' }],
    ['failed', { status: 'error', exit_code: 3 }],
    ['timed_out', { status: 'timeout' }],
    ['rejected', { status: 'rejected', error_code: 'policy_denied' }],
    ['not_delivered', { status: 'rejected', error_code: 'request_expired' }],
    ['cancelled', { status: 'error', error_code: 'request_expired' }],
    ['cancelled', { status: 'error', error_code: 'request_cancelled' }],
    ['cancelled', { status: 'error', error_code: 'executor_paused' }],
    ['rejected', { status: 'rejected', error_code: 'executor_paused' }],
    ['unknown', { status: 'error', error_code: 'outcome_unknown' }],
    ['unknown', { status: 'error', error_code: 'connection_lost' }],
  ] as const)('is %s for %j', (outcome, given) => {
    const result = aCommandResult({ request_id: record.requestId, ...given });
    expect(after(started, { type: 'result', result }).record.outcome).toBe(outcome);
  });
});

describe('whatever happens to a request', () => {
  const results = fc.record({
    status: fc.constantFrom('success', 'error', 'timeout', 'rejected'),
    output: fc.string(),
  });
  const event: fc.Arbitrary<RequestEvent> = fc.oneof(
    fc.constantFrom<RequestEvent>(
      { type: 'published' },
      { type: 'publish_failed' },
      { type: 'acknowledged' },
      { type: 'awaiting_approval', forMs: 30_000 },
      { type: 'awaiting_approval', forMs: 3_600_000 },
      { type: 'reported', by: { userId: '42', credentialId: 'cred-e1' }, report: { type: 'acknowledged' } },
      { type: 'reported', by: { userId: '42', credentialId: 'cred-e2' }, report: { type: 'acknowledged' } },
      { type: 'cancelled' },
      { type: 'revoked' },
      { type: 'delegation_ended' },
      { type: 'executor_silent' },
      { type: 'deadline' },
    ),
    results.map((given): RequestEvent => ({
      type: 'result',
      result: aCommandResult({ request_id: record.requestId, ...given }),
    })),
  );
  const history = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 60_000 })), { maxLength: 30 });
  const either = fc.constantFrom(record, legacy);

  const replay = (from: RequestRecord, events: readonly (readonly [RequestEvent, number])[]): Transition[] => {
    let now = CREATED;
    let current = from;
    return events.map(([happened, later]) => {
      now += later;
      const next = transition(current, happened, now);
      current = next.record;
      return next;
    });
  };

  it('never leaves the end but by the correction of a guess, and never changes after a result', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        let before = from;
        for (const { record: next } of replay(from, events)) {
          if (before.state === 'finished') expect(next.state).toBe('finished');
          if (before.result) expect(next).toBe(before);
          if (before.state === 'finished' && next !== before && !next.result)
            expect([
              ['not_delivered', 'cancelled'],
              ['unknown', 'cancelled'],
            ]).toContainEqual([before.outcome, next.outcome]);
          before = next;
        }
      }),
    );
  });

  it('has an outcome exactly when it has ended, and either a result or a reason', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        for (const { record: next } of replay(from, events)) {
          const finished = next.state === 'finished';
          expect([next.outcome !== null, next.finishedAt !== null, deadlineOf(next) === null]).toEqual(
            Array(3).fill(finished),
          );
          expect(next.result !== null || next.reason !== null).toBe(finished);
          if (next.result && next.reason) {
            expect(next.outcome).toBe('cancelled');
            expect(['token_revoked', 'delegation_ended']).toContain(next.reason);
          }
          if (finished) expect(next.message).toBeNull();
        }
      }),
    );
  });

  it('waits for the operator only before it starts, and within the time that there is for it', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        let before = from;
        for (const { record: next } of replay(from, events)) {
          if (next.state === 'awaiting_approval') {
            expect([before.startedAt, next.startedAt, next.message]).toEqual([null, null, null]);
            expect(next.approvalUntil).toBeLessThanOrEqual(latestApproval(from));
            expect(deadlineOf(next)).toBeLessThanOrEqual(latestApproval(from) + from.resultWithinMs);
          }
          before = next;
        }
      }),
    );
  });

  it('ends in exactly one outcome once its deadlines have passed', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        const last = replay(from, events).at(-1)?.record ?? from;
        const end = transition(last, { type: 'deadline' }, Number.MAX_SAFE_INTEGER);
        expect(end.record.state).toBe('finished');
        expect(transition(end.record, { type: 'deadline' }, Number.MAX_SAFE_INTEGER).kind).toBe('unchanged');
      }),
    );
  });

  it('counts every change and nothing else, so that compare-and-set is sound', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        let before = from;
        for (const { kind, record: next } of replay(from, events)) {
          expect(next.version).toBe(before.version + (next === before ? 0 : 1));
          if (kind !== 'refused') expect(next !== before).toBe(kind === 'changed');
          before = next;
        }
      }),
    );
  });

  it('survives being stored as JSON', () => {
    fc.assert(
      fc.property(either, history, (from, events) => {
        for (const { record: next } of replay(from, events)) expect(JSON.parse(JSON.stringify(next))).toEqual(next);
      }),
    );
  });
});
