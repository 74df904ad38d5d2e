import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { RelayActivity } from '../relay/relay-activity.ts';
import type { RelayEvent } from '../relay/relay-event.ts';
import { eventJson } from './event-json.ts';
import { eventLine } from './event-line.ts';
import { LiveView } from './live-view.ts';
import { plainText, table } from './plain-text.ts';
import type { Tone } from './render-activity.ts';
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

/** A view, all that it wrote, and what a terminal shows of it: understands only what the view sends. */
function aScreen(columns = 80) {
  const writes: string[] = [];
  const clock = { now: new Date(2026, 0, 1, 10, 0, 0).getTime() };
  const activity = new RelayActivity(() => clock.now);
  const screen = {
    write: (text: string) => void writes.push(text),
    columns,
    paint: (_: Tone, text: string) => text,
    onResize: () => () => undefined,
  };
  const view = new LiveView(FACTS, activity, screen, () => clock.now);
  const show = (event: RelayEvent): void => {
    activity.take(event);
    view.show(event);
  };
  const rows = (): string[] => {
    let lines = [''];
    for (const text of writes) {
      const [, up = '0', rest = ''] = /^(?:~\[(\d+)A~\[0J)?(.*)$/s.exec(text.replaceAll('\u001B', '~')) ?? [];
      lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
      lines = [...lines.slice(0, -1), ...(lines.at(-1) + rest).split('\n')];
    }
    return lines.slice(0, -1);
  };
  return { view, show, rows, writes, clock, screen };
}

const waitingOf = (requestId: string, until: number): RelayEvent => ({
  event: 'request_waiting',
  request: { ...REQUEST, requestId },
  until,
});

describe('the live view', () => {
  it('keeps what has happened, and below it the connection, the counters, and what waits and runs', () => {
    const { view, show, rows, clock } = aScreen(100);
    show({ event: 'connected' });
    show(STARTED);
    show({ event: 'request_started', request: { ...REQUEST, requestId: 'other', tool: 'get_logs' } });
    clock.now += 65_000;
    show(FINISHED);
    show({ event: 'request_refused', requestId: 'r', error: new ServonautError('request_expired') });
    show(waitingOf('w', clock.now + 50_000));
    const happened = [
      '10:00:00 connected as ada, profile prod, https://c.example: 3 server(s), 5 tool(s)',
      '10:01:05 run_command on web-1 for ci-bot: error, exit 3, 0.01 s',
      expect.stringMatching(/^10:01:05 refused r: .*\[request_expired\]$/),
      '10:01:05 run_command on web-1 for ci-bot: waits for your approval',
    ];
    expect(rows()).toEqual([
      ...happened,
      '-'.repeat(80),
      'connected since 10:00:00 · prod · 3 server(s), 1 busy · 5 tool(s)',
      'ada at https://c.example',
      '1 running, 1 waiting for you · 0 succeeded, 1 failed, 0 timed out, 1 rejected',
      `${'WAITS  run_command on web-1 for ci-bot'.padEnd(71)}50 s left`,
      `${'RUNS   get_logs on web-1 for ci-bot'.padEnd(70)}1 min 05 s`,
      'p pauses · Ctrl-C stops',
    ]);
    view.close();
    expect(rows()).toEqual(happened);
  });

  it.each([40, 80, 132])('is as wide as the terminal and no wider, and has few rows, on %i columns', (columns) => {
    const { view, show, rows, clock } = aScreen(columns);
    const request = { ...REQUEST, principal: 'x'.repeat(128) };
    for (let index = 0; index < 50; index += 1)
      show({ event: 'request_started', request: { ...request, requestId: `${index}` } });
    show(waitingOf('w', clock.now + 50_000));
    view.ask({ text: 'a question\n', hint: 'a approve once · d deny' });
    view.close();
    const panel = rows().filter((row) => !row.includes('approval'));
    expect(Math.max(...rows().map((row) => row.length))).toBeLessThanOrEqual(columns);
    expect(panel.length).toBeLessThanOrEqual(13);
  });
});

describe('the live view that asks', () => {
  it('has few rows of what runs, and the keys last', () => {
    const { view, show, rows, clock } = aScreen();
    show(waitingOf('w', clock.now + 50_000));
    for (const requestId of ['1', '2', '3'])
      show({ event: 'request_started', request: { ...REQUEST, requestId, tool: 'get_logs' } });
    view.ask({ text: 'a question\n', hint: 'a approve once' });
    expect(rows().slice(-5)).toEqual([
      expect.stringMatching(/^3 running, 1 waiting for you/),
      expect.stringMatching(/^WAITS  run_command on web-1 for ci-bot .* 50 s left$/),
      expect.stringMatching(/^RUNS   get_logs on web-1 for ci-bot .* 0 s$/),
      'and 2 more',
      'You: a approve once',
    ]);
    expect(rows()).toContain('a question');
    view.ask(undefined);
    expect(rows().at(-1)).toBe('p pauses · Ctrl-C stops');
    view.close();
  });

  it('takes back all rows that a terminal has made of its rows when it became narrower', () => {
    const { view, show, writes, screen } = aScreen(80);
    show({ event: 'connected' });
    screen.columns = 40;
    view.ask(undefined);
    const [dashes, connection] = [2, 2];
    expect(writes.at(-1)).toMatch(new RegExp(`^\\u001B\\[${dashes + connection + 1 + 2 + 1}A`));
    view.close();
  });

  it('lets nobody begin a row', () => {
    const { view, show, writes } = aScreen(40);
    const principal = `${' '.repeat(20)}credential c_1 ("ci") asks for run_command on web-1`;
    show({ event: 'request_waiting', request: { ...REQUEST, principal }, until: 0 });
    view.close();
    const rows = writes.join('').split('\n');
    const [first, panel] = [rows.findIndex((row) => row.includes('approval')), rows.indexOf('-'.repeat(40))];
    expect(panel - first).toBeGreaterThan(0);
    expect(rows.slice(1, panel).filter((row) => !row.startsWith('  ¦ '))).toEqual([]);
    expect(rows.slice(panel).filter((row) => row.includes('credential c_1'))).toEqual([]);
  });
});

describe('the live view of a paused executor', () => {
  it('says so below everything until it is resumed', () => {
    const { view, show, rows } = aScreen();
    show({ event: 'paused', pause: { since: '2026-11-22T10:00:00.000Z', reason: 'lunch' } });
    expect(rows().slice(-2)).toEqual(['PAUSED since 2026-11-22T10:00:00.000Z (lunch)', 'u resumes · Ctrl-C stops']);
    show({ event: 'resumed' });
    expect(rows().at(-1)).toBe('p pauses · Ctrl-C stops');
    view.close();
  });
});

describe('errors', () => {
  const error = new ServonautError('host_key_changed', { detail: 'private', facts: { server: 'web-1' } });

  it('say what failed and what to do, and nothing private', () => {
    expect(errorLines(error)).toBe(
      'Error: The host key of the server is not the one on record.\nFind out why before you go on: either the server was set up anew, or somebody stands in between.\n[host_key_changed]\n',
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
