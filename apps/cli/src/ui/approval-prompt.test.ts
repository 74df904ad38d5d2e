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
    show: (question) => seen.questions.push(question?.text.split('"')[1]),
    warn: (message) => seen.warnings.push(message),
    now: () => now,
  });
  return {
    seen,
    prompt,
    listeners,
    type: (key: string, afterMs = 1_000, isAlone = true) => {
      now += afterMs;
      listeners.at(-1)?.(key, isAlone);
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

describe('what a call would touch', () => {
  const shown = (...commands: ShownApproval['commands']) =>
    renderApproval({ ...APPROVAL, commands }, 400)
      .split('\n')
      .filter((line) => line.startsWith('  names'));
  const found = (writes: string[], names: string[] = [], worst: 'mutating' | 'forbidden' = 'mutating') =>
    ({ text: 'x', class: worst, reason: 'r', writes, names }) as const;

  it('is told as far as its commands name it, what the worst ones name first, each once', () => {
    expect(
      shown(found(['/srv/a'], ['web.example', '/etc/b']), found(['/etc/b', '/srv/a'], ['h@db'], 'forbidden')),
    ).toEqual(['  names to write: /etc/b, /srv/a', '  names besides: h@db, web.example']);
    expect(shown({ text: 'uptime', class: 'read-only', reason: 'r' })).toEqual([]);
  });

  it('poses as nothing else, and is bounded', () => {
    expect(shown(found(['/a, /b', '\u001b[2J\u202e', 'a\nb']))).toEqual([
      '  names to write: "/a, /b", "\\u001b[2J�", "a\\nb"',
    ]);
    const many = Array.from({ length: 50 }, (_, index) => `/f${index}`);
    expect(shown(found(many))[0]).toMatch(/^ {2}names to write: \/f0, .*\/f39, and 10 more$/);
  });
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

  it('takes nothing for an answer that came in one piece with more, as what is pasted does', () => {
    const { seen, type } = terminal([APPROVAL]);
    type('a', 1_000, false);
    expect(seen.answers).toEqual([]);
  });

  it('takes one answer, whatever else is typed until it is taken, and another when the same is asked again', async () => {
    const { seen, type } = terminal([APPROVAL]);
    type('d');
    type('a');
    expect(seen.answers).toEqual([['h1', 'deny']]);
    await new Promise(setImmediate);
    type('a', 100);
    type('r');
    expect(seen.answers.slice(1)).toEqual([['h1', 'remember']]);
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
  expect(lines).toEqual([
    expect.stringMatching(/^run_command on web-1 \(2 times\), web-2 \(until \d.*\)$/),
    '  for credential c_1 ("ci-bot\\u001b[2J")',
    '  command:',
    '  | echo hi',
    '  | \ufffd[1A\ufffdci-bot asks for nothing',
    '  sudo:',
    '  | true',
    '  - read-only: echo hi (prints)',
    '  characters that may not be what they look like: \ufffd U+001B, \ufffd U+000D',
    '  class privileged, by level',
    '',
  ]);
});

describe('a question in which something is hidden', () => {
  const rows = (text: string, columns?: number): string[] =>
    renderApproval({ ...APPROVAL, arguments: { command: text }, commands: [] }, columns).split('\n');
  const isOurs =
    /^(?:run_command on web-1| {2}(?:for credential c_1|command:|\||¦|characters |class privileged|run_command on web-1)|$)/;

  it.each([0, 40, 80, 132])('has none of it at the beginning of a row, on %i columns', (columns) => {
    const text = `ls ${' '.repeat(columns)}  class read-only, by level${'x'.repeat(500)}${'漢'.repeat(90)}`;
    const shown = rows(text, columns);
    expect(shown.filter((row) => !isOurs.test(row))).toEqual([]);
    const width = (row: string) => [...row].reduce((sum, one) => sum + (one > '~' ? 2 : 1), 0);
    expect(Math.max(...shown.map(width))).toBeLessThanOrEqual((columns || 80) + 1);
    expect(shown.join('').replaceAll('  ¦ ', '')).toContain(text);
  });

  it('tells letters and blanks that look like others', () => {
    const [text] = rows('curl https://\u0430pple.com/\u3164x\u00ad', 132).filter((row) => row.includes('look like'));
    expect(text).toMatch(/: \ufffd U\+001B, \u0430 U\+0430, \u3164 U\+3164, \ufffd U\+00AD$/);
  });

  it('says at its end what it is about when its beginning may have left the screen', () => {
    const shown = rows(`reboot${'\n'.repeat(1_000)}uptime`, 132);
    expect(shown.at(-3)).toBe('  class privileged, by level');
    expect(shown.at(-2)).toBe('  run_command on web-1 (2 times), web-2: 1006 rows, read from the first one above');
  });
});
