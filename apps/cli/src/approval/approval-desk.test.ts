import { beforeEach, describe, expect, it } from '@jest/globals';
import { TestClock } from '@servonaut/testkit';
import { ApprovalDesk } from './approval-desk.ts';
import type { Approval, ApprovalQuestion } from './approver.ts';

const TERMS = { expireMs: 600_000, rememberMs: 600_000, mostWaiting: 3 };
const QUESTION: ApprovalQuestion = {
  principal: { kind: 'credential', id: 'c_1', label: 'ci-bot' },
  tool: 'run_command',
  server: 'web-1',
  machine: 'm1',
  input: { command: 'rm -r /srv/cache' },
  decision: {
    decision: 'ask',
    class: 'mutating',
    rule: 'level',
    message: 'Asked for.',
    commands: [{ text: 'rm -r /srv/cache', name: 'rm', class: 'mutating', reason: 'changes files' }],
    policyVersion: 'v1',
  },
};

/** Time that passed without the clock of timers. */
let sleptMs: number;
let clock: TestClock;
let desk: ApprovalDesk;
let pauses: number;
beforeEach(() => {
  sleptMs = 0;
  clock = new TestClock();
  pauses = 0;
  desk = new ApprovalDesk({
    terms: () => TERMS,
    pause: { pause: async () => void (pauses += 1), onChange: () => undefined },
    now: () => clock.now() + sleptMs,
    after: (run, ms) => {
      const timer = clock.setTimeout(run, ms);
      return () => clock.clearTimeout(timer);
    },
  });
});

interface Asked {
  readonly answer: Promise<Approval>;
  readonly stop: AbortController;
  readonly waits: number[];
}

function ask(change: Partial<ApprovalQuestion> = {}): Asked {
  const [stop, waits] = [new AbortController(), [] as number[]];
  const answer = desk.approve(
    { ...QUESTION, ...change },
    { requestId: 'r', signal: stop.signal, onWaiting: (until) => waits.push(until) },
  );
  answer.catch(() => undefined);
  return { answer, stop, waits };
}

const shownHash = (): string => desk.waiting[0]?.hash ?? 'nothing waits';
const refusal = (code: string) => expect.objectContaining({ code });

describe('a call that waits for the operator', () => {
  beforeEach(() => void desk.attend());

  it('is shown with all that it would do, and runs once it is approved', async () => {
    const { answer, waits } = ask();
    expect(desk.waiting).toEqual([
      {
        hash: expect.stringMatching(/^[\w-]{43}$/),
        principal: QUESTION.principal,
        tool: 'run_command',
        servers: ['web-1'],
        arguments: QUESTION.input,
        class: 'mutating',
        rule: 'level',
        message: 'Asked for.',
        commands: [{ text: 'rm -r /srv/cache', class: 'mutating', reason: 'changes files' }],
        until: clock.now() + TERMS.expireMs,
      },
    ]);
    expect(waits).toEqual([clock.now() + TERMS.expireMs]);
    const hash = shownHash();
    await desk.answer(hash, 'once');
    expect(await answer).toEqual({ by: 'terminal', hash });
    expect(desk.waiting).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is approved for one use only', async () => {
    const first = ask();
    await desk.answer(shownHash(), 'once');
    await first.answer;
    const second = ask();
    expect(desk.waiting).toHaveLength(1);
    await desk.answer(shownHash(), 'deny');
    await expect(second.answer).rejects.toEqual(refusal('approval_declined'));
  });

  it('is not asked for again within the time that the operator chose, and is after it', async () => {
    const first = ask();
    await desk.answer(shownHash(), 'remember');
    await first.answer;
    await clock.advance(TERMS.rememberMs - 1);
    expect(await ask().answer).toMatchObject({ by: 'remembered' });
    await clock.advance(1);
    ask();
    expect(desk.waiting).toHaveLength(1);
  });

  it.each<[string, Partial<ApprovalQuestion>]>([
    ['other arguments', { input: { command: 'rm -r /srv/cache2' } }],
    ['one more argument', { input: { command: 'rm -r /srv/cache', sudo: true } }],
    ['another server', { server: 'db-1' }],
    ['another machine of the same name', { machine: 'm2' }],
    ['another principal', { principal: { kind: 'credential', id: 'c_2', label: 'ci-bot' } }],
    ['a principal of another kind', { principal: { kind: 'user', id: 'c_1', label: 'ci-bot' } }],
    ['another tool', { tool: 'restart_service' }],
    ['another preview', { preview: { text: '-one', digest: 'd1', basis: undefined } }],
    ['another policy', { decision: { ...QUESTION.decision, policyVersion: 'v2' } }],
  ])('is another call with %s, however long its like is approved', async (_what, change) => {
    const first = ask();
    await desk.answer(shownHash(), 'remember');
    await first.answer;
    const other = ask(change);
    expect(desk.waiting).toHaveLength(1);
    await desk.answer(shownHash(), 'deny');
    await expect(other.answer).rejects.toEqual(refusal('approval_declined'));
  });

  it('is told of once when it becomes more, since each server makes it another one', async () => {
    const seen: (number | undefined)[] = [];
    desk.onChange(() => seen.push(desk.waiting[0]?.servers.length));
    desk.attend();
    const asked = Array.from({ length: 50 }, (_, index) => ask({ server: `web-${index}` }));
    await clock.advance(100);
    for (const { stop } of asked) stop.abort(new Error('enough'));
    await clock.advance(100);
    expect(seen).toEqual([1, 50, undefined]);
  });

  it('that the one who is told of it refuses does not wait', async () => {
    desk.attend();
    const onWaiting = () => {
      throw new Error('full');
    };
    const { signal } = new AbortController();
    await expect(desk.approve(QUESTION, { requestId: 'r', signal, onWaiting })).rejects.toThrow('full');
    expect(desk.waiting).toEqual([]);
  });

  it('cannot be approved by the hash of another one', async () => {
    const first = ask();
    const hash = shownHash();
    first.stop.abort(new Error('gone'));
    await expect(first.answer).rejects.toThrow('gone');
    const other = ask({ input: { command: 'reboot' } });
    await expect(desk.answer(hash, 'once')).rejects.toEqual(refusal('approval_stale'));
    await desk.answer(shownHash(), 'deny');
    await expect(other.answer).rejects.toEqual(refusal('approval_declined'));
  });

  it('expires, and an answer that comes later does nothing', async () => {
    const { answer } = ask();
    const hash = shownHash();
    await clock.advance(TERMS.expireMs);
    await expect(answer).rejects.toEqual(refusal('approval_expired'));
    await expect(desk.answer(hash, 'once')).rejects.toEqual(refusal('approval_stale'));
    ask();
    expect(desk.waiting).toHaveLength(1);
  });

  it('expires although the machine slept, and no timer has told', async () => {
    const { answer } = ask();
    const hash = shownHash();
    sleptMs = TERMS.expireMs;
    await expect(desk.answer(hash, 'remember')).rejects.toEqual(refusal('approval_stale'));
    await expect(answer).rejects.toEqual(refusal('approval_expired'));
    ask();
    expect(desk.waiting).toHaveLength(1);
  });

  it('waits no longer when it is cancelled', async () => {
    const { answer, stop } = ask();
    stop.abort(new Error('cancelled'));
    await expect(answer).rejects.toThrow('cancelled');
    expect([desk.waiting, clock.pending]).toEqual([[], 0]);
    await expect(
      desk.approve(QUESTION, { requestId: 'r', signal: stop.signal, onWaiting: () => undefined }),
    ).rejects.toThrow('cancelled');
  });

  it('is declined together with everything else by a pause', async () => {
    const { answer } = ask();
    await desk.answer(shownHash(), 'pause');
    await expect(answer).rejects.toEqual(refusal('approval_declined'));
    expect(pauses).toBe(1);
  });

  it('pauses although it was no more, or had changed', async () => {
    await desk.answer('gone', 'pause');
    expect(pauses).toBe(1);
  });

  it('is refused when too many others wait already', async () => {
    const by = (id: string, command: string) =>
      ask({ principal: { kind: 'credential', id, label: id }, input: { command } });
    by('c_1', 'a');
    by('c_1', 'b');
    await expect(by('c_1', 'c').answer).rejects.toEqual(refusal('too_many_requests'));
    by('c_2', 'a');
    await expect(by('c_3', 'a').answer).rejects.toEqual(refusal('too_many_requests'));
    expect(desk.waiting).toHaveLength(3);
  });

  it('waits with all servers of one call, however many', () => {
    for (let index = 0; index < 30; index += 1) ask({ server: `web-${index}` });
    expect(desk.waiting.map(({ servers }) => servers.length)).toEqual([30]);
  });
});

describe('one call for several servers', () => {
  beforeEach(() => void desk.attend());

  it('is one question, and one answer', async () => {
    const asked = [ask(), ask({ server: 'web-2' })];
    expect(desk.waiting.map(({ servers }) => servers)).toEqual([['web-1', 'web-2']]);
    const hash = shownHash();
    await desk.answer(hash, 'once');
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual([
      { by: 'terminal', hash },
      { by: 'terminal', hash },
    ]);
  });

  it('is not approved for a server that came after it was shown', async () => {
    ask();
    const hash = shownHash();
    const late = ask({ server: 'db-1' });
    await expect(desk.answer(hash, 'once')).rejects.toEqual(refusal('approval_stale'));
    expect(desk.waiting[0]?.servers).toEqual(['db-1', 'web-1']);
    late.stop.abort(new Error('gone'));
    expect(shownHash()).toBe(hash);
  });

  it('says how often a server is asked for', async () => {
    ask();
    const hash = shownHash();
    ask();
    expect(desk.waiting[0]?.servers).toEqual(['web-1', 'web-1']);
    await expect(desk.answer(hash, 'once')).rejects.toEqual(refusal('approval_stale'));
  });

  it('is remembered for each of them', async () => {
    const asked = [ask(), ask({ server: 'web-2' })];
    await desk.answer(shownHash(), 'remember');
    await Promise.all(asked.map(({ answer }) => answer));
    expect(await ask({ server: 'web-2' }).answer).toMatchObject({ by: 'remembered' });
    ask({ server: 'web-3' });
    expect(desk.waiting[0]?.servers).toEqual(['web-3']);
  });
});

describe('where nobody looks', () => {
  it('a call is refused at once', async () => {
    await expect(ask().answer).rejects.toEqual(refusal('approval_unavailable'));
    const leave = desk.attend();
    leave();
    await expect(ask().answer).rejects.toEqual(refusal('approval_unavailable'));
    expect(desk.waiting).toEqual([]);
  });

  it('a call is refused while the terminal belongs to another job', async () => {
    let isThere = false;
    desk.attend(() => isThere);
    await expect(ask().answer).rejects.toEqual(refusal('approval_unavailable'));
    isThere = true;
    ask();
    expect(desk.waiting).toHaveLength(1);
  });

  it('what was approved for a while still runs', async () => {
    const leave = desk.attend();
    const { answer } = ask();
    await desk.answer(shownHash(), 'remember');
    await answer;
    leave();
    expect(await ask().answer).toMatchObject({ by: 'remembered' });
  });
});

it('refuses arguments of which nothing would be written, so that all of them were one call', async () => {
  desk.attend();
  for (const odd of [new Map([['path', '/']]), new Date(0), { deep: [new Set('a')] }])
    await expect(ask({ input: { command: odd } }).answer).rejects.toEqual(refusal('invalid_request'));
  expect(desk.waiting).toEqual([]);
});

it('refuses arguments that have no written form', async () => {
  desk.attend();
  await expect(ask({ input: { command: '\ud800' } }).answer).rejects.toEqual(refusal('invalid_request'));
});
