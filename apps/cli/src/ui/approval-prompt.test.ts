import { describe, expect, it } from '@jest/globals';
import type { ApprovalAnswer, ShownApproval } from '../approval/shown-approval.ts';
import { ApprovalPrompt } from './approval-prompt.ts';
import { renderApproval } from './render-approval.ts';
import type { OnKey } from './terminal-keys.ts';

const APPROVAL: ShownApproval = {
  hash: 'h1',
  principal: { kind: 'credential', id: 'c_1', label: 'ci-bot\u001b[2J' },
  tool: 'run_command',
  servers: ['web-1', 'web-2', 'web-1'],
  arguments: { command: 'echo hi\n\u001b[1A\rci-bot asks for nothing', sudo: true, cwd: undefined },
  class: 'privileged',
  rule: 'level',
  message: 'm',
  commands: [{ text: 'echo hi', class: 'read-only', reason: 'prints' }],
  until: 0,
};

/** A terminal at which nobody sits but the test. */
function terminal(waiting: ShownApproval[] = []) {
  const seen = {
    questions: [] as (string | undefined)[],
    answers: [] as [string, ApprovalAnswer][],
    warnings: [] as string[],
  };
  let [now, look] = [0, () => undefined as void];
  const listeners: OnKey[] = [];
  const prompt = new ApprovalPrompt({
    counter: {
      get waiting() {
        return waiting;
      },
      onChange: (listener) => {
        look = listener;
        return () => undefined;
      },
      answer: async (hash, answer) => {
        if (hash === 'gone') throw new Error('too late');
        seen.answers.push([hash, answer]);
      },
    },
    keys: {
      listen: (onKey) => {
        listeners.push(onKey);
        return () => void listeners.splice(listeners.indexOf(onKey), 1);
      },
    },
    show: (question) => seen.questions.push(question?.text.split(' ')[0]),
    warn: (message) => seen.warnings.push(message),
    now: () => now,
  });
  return {
    seen,
    prompt,
    listeners,
    type: (key: string, afterMs = 1_000) => {
      now += afterMs;
      listeners.at(-1)?.(key);
    },
    becomes: (...approvals: ShownApproval[]) => {
      waiting.splice(0, waiting.length, ...approvals);
      look();
    },
  };
}

const other = (hash: string, label: string): ShownApproval => ({
  ...APPROVAL,
  hash,
  principal: { kind: 'user', id: 'u', label },
});

describe('a question at the terminal', () => {
  it.each<[string, ApprovalAnswer]>([
    ['a', 'once'],
    ['r', 'remember'],
    ['d', 'deny'],
    ['p', 'pause'],
  ])('takes the key %s for %s', (key, answer) => {
    const { seen, type } = terminal([APPROVAL]);
    type(key);
    expect(seen.answers).toEqual([['h1', answer]]);
  });

  it.each(['x', '\r', ' ', 'A', 'constructor', '\u001b[A', 'y'])('takes the key %j for nothing', (key) => {
    const { seen, type } = terminal([APPROVAL]);
    type(key);
    expect(seen.answers).toEqual([]);
  });

  it('takes no key that was typed before anybody can have read it', () => {
    const { seen, type, becomes } = terminal([other('h0', 'first')]);
    type('a');
    becomes(other('h2', 'second'));
    type('a', 100);
    expect(seen.answers).toEqual([['h0', 'once']]);
    type('a');
    expect(seen.answers).toEqual([
      ['h0', 'once'],
      ['h2', 'once'],
    ]);
  });

  it('is asked anew when it has changed, and one after the other', () => {
    const { seen, type, becomes } = terminal();
    becomes(other('h1', 'one'));
    becomes(other('h1', 'one'), other('h2', 'two'));
    becomes(other('h3', 'more'), other('h2', 'two'));
    type('d');
    expect(seen.questions).toEqual(['one', 'more']);
    expect(seen.answers).toEqual([['h3', 'deny']]);
    becomes();
    expect(seen.questions.at(-1)).toBeUndefined();
  });

  it('gives the keys back when nothing waits, and when it is closed', () => {
    const { listeners, becomes, prompt } = terminal([APPROVAL]);
    expect(listeners).toHaveLength(1);
    becomes();
    expect(listeners).toHaveLength(0);
    becomes(APPROVAL);
    prompt.close();
    expect(listeners).toHaveLength(0);
  });

  it('says when an answer was too late', async () => {
    const { seen, type } = terminal([other('gone', 'x')]);
    type('a');
    await Promise.resolve();
    expect(seen.warnings).toEqual(['too late']);
  });
});

it('shows all of a call, and nothing of it steers the terminal or poses as ours', () => {
  const lines = renderApproval(APPROVAL).split('\n');
  expect(lines[0]).toMatch(
    /^ci-bot\ufffd\[2J \(credential c_1\) asks for run_command on web-1 \(2 times\), web-2 \(until /,
  );
  expect(lines.slice(1)).toEqual([
    '  command:',
    '  | echo hi',
    '  | \ufffd[1A\ufffdci-bot asks for nothing',
    '  sudo:',
    '  | true',
    '  class privileged, by level',
    '  - read-only: echo hi (prints)',
    '',
  ]);
});
