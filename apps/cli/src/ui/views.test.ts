import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import type { RelayEvent } from '../relay/relay-event.ts';
import { eventJson } from './event-json.ts';
import { eventLine } from './event-line.ts';
import { LiveView } from './live-view.ts';
import { plainText, table } from './plain-text.ts';
import { errorJson, errorLines, exitCodeOf } from './render-error.ts';

const FACTS = { user: 'ada', profile: 'prod', url: 'https://c.example', servers: 3, tools: 5 };
const REQUEST = {
  requestId: '0197a1c3-0b10-7d21-8a45-2b6c7d8e9f01',
  tool: 'run_command',
  server: 'web-1',
  principal: 'ci-bot',
};
const STARTED: RelayEvent = { event: 'request_started', request: REQUEST };
const FINISHED: RelayEvent = {
  event: 'request_finished',
  request: REQUEST,
  status: 'error',
  exitCode: 3,
  errorCode: undefined,
  durationMs: 12.5,
};

describe('lines', () => {
  it.each<[RelayEvent, string]>([
    [{ event: 'connected' }, 'connected as ada, profile prod, https://c.example: 3 server(s), 5 tool(s)'],
    [{ event: 'waiting', retryInMs: 1_500, reason: 'no' }, 'not connected, next try in 1.50 s: no'],
    [STARTED, 'run_command on web-1 for ci-bot: started'],
    [FINISHED, 'run_command on web-1 for ci-bot: error, exit 3, 0.01 s'],
    [
      { event: 'paused', pause: { since: '2026-11-22T10:00:00.000Z', reason: 'lunch\u001b[2J' } },
      'paused since 2026-11-22T10:00:00.000Z (lunch\ufffd[2J): what ran is stopped, everything is refused until "servonaut resume"',
    ],
    [{ event: 'resumed' }, 'resumed: requests are run again'],
    [
      { event: 'request_waiting', request: REQUEST, until: 0 },
      'run_command on web-1 for ci-bot: waits for your approval',
    ],
    [{ event: 'draining', running: 2 }, 'stopping: no new requests, 2 running'],
    [{ event: 'disconnected', undelivered: 1 }, 'disconnected, 1 result(s) kept for the next start'],
  ])('%j', (event, line) => expect(eventLine(event, FACTS)).toBe(line));

  it('are one JSON document each', () => {
    expect(JSON.parse(eventJson(FINISHED, FACTS, new Date(0)))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      event: 'request_finished',
      request_id: REQUEST.requestId,
      tool: 'run_command',
      server: 'web-1',
      principal: 'ci-bot',
      status: 'error',
      exit_code: 3,
      duration_ms: 12.5,
    });
  });

  it('cannot be used to write to the terminal of the operator', () => {
    const principal = 'x\u001B[2J\u001B]0;owned\u0007\r\n\u202Etxt';
    expect(eventLine({ event: 'request_started', request: { ...REQUEST, principal } }, FACTS)).not.toMatch(
      /[\p{Cc}\p{Cf}]/u,
    );
    expect(plainText('naïve – 日本')).toBe('naïve – 日本');
  });
});

describe('the live view', () => {
  /** What a terminal shows after the writes: understands only what the view sends. */
  const screen = (writes: readonly string[]): string[] => {
    let lines = [''];
    for (const text of writes) {
      const [, up = '0', rest = ''] = /^(?:~\[(\d+)A~\[0J)?(.*)$/s.exec(text.replaceAll('\u001B', '~')) ?? [];
      lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
      lines = [...lines.slice(0, -1), ...(lines.at(-1) + rest).split('\n')];
    }
    return lines.slice(0, -1);
  };

  it('keeps what has ended, and below it what runs', () => {
    const writes: string[] = [];
    let now = new Date(2026, 0, 1, 10, 0, 0).getTime();
    const view = new LiveView(
      (text) => writes.push(text),
      FACTS,
      () => now,
      () => 100,
    );
    view.show({ event: 'connected' });
    view.show(STARTED);
    view.show({ event: 'request_started', request: { ...REQUEST, requestId: 'other', tool: 'get_logs' } });
    now += 5_000;
    view.show(FINISHED);
    view.close();
    expect(screen(writes)).toEqual([
      '10:00:00 connected as ada, profile prod, https://c.example: 3 server(s), 5 tool(s)',
      '10:00:05 run_command on web-1 for ci-bot: error, exit 3, 0.01 s',
      '  get_logs on web-1 for ci-bot … 5 s',
    ]);
  });
});

describe('the live view of a narrow terminal', () => {
  it('takes back all rows of what runs, so that nothing that waits for an answer is scrolled away', () => {
    const writes: string[] = [];
    const request = { ...REQUEST, principal: 'x'.repeat(128) };
    const view = new LiveView(
      (text) => writes.push(text),
      FACTS,
      Date.now,
      () => 40,
    );
    view.show({ event: 'request_started', request });
    const rows = writes[0]?.split('\n').length ?? 0;
    view.ask({ text: 'a question\n', hint: 'h' });
    view.close();
    expect(rows).toBe(6);
    expect(writes[1]).toContain(`\u001B[${rows - 1}A\u001B[0J\na question\n`);
    expect(
      writes
        .join('')
        .split('\n')
        .filter((row) => row.length > 40 + 6),
    ).toEqual([]);
  });

  it('lets nobody begin a row', () => {
    const writes: string[] = [];
    const principal = `${' '.repeat(20)}credential c_1 ("ci") asks for run_command on web-1`;
    const view = new LiveView(
      (text) => writes.push(text),
      FACTS,
      Date.now,
      () => 40,
    );
    view.show({ event: 'request_waiting', request: { ...REQUEST, principal }, until: 0 });
    const rows = writes.join('').trimEnd().split('\n');
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.slice(1).filter((row) => !row.startsWith('  ¦ '))).toEqual([]);
  });
});

describe('the live view of a paused executor', () => {
  it('says so below everything until it is resumed', () => {
    const writes: string[] = [];
    const view = new LiveView((text) => writes.push(text), FACTS);
    view.show({ event: 'paused', pause: { since: '2026-11-22T10:00:00.000Z', reason: 'lunch' } });
    expect(writes.at(-1)).toMatch(/\n  PAUSED since 2026-11-22T10:00:00.000Z \(lunch\): u resumes\n$/);
    view.show({ event: 'resumed' });
    expect(writes.at(-1)).not.toContain('PAUSED');
  });
});

describe('errors', () => {
  const error = new ServonautError('host_key_changed', { detail: 'private', facts: { server: 'web-1' } });

  it('say what failed and what to do, and nothing private', () => {
    expect(errorLines(error)).toBe(
      'Error: The host key of the server is not the one on record.\nDo not go on until the operator has found out why.\n[host_key_changed]\n',
    );
    expect(JSON.stringify(errorJson(error))).not.toContain('private');
    expect(exitCodeOf(error)).toBe(76);
  });
});

describe('a table', () => {
  it('lines up and leaves no space at the end', () => {
    expect(
      table([
        ['A', 'B'],
        ['long', 'x'],
      ]),
    ).toBe('A     B\nlong  x\n');
  });
});
