import { describe, expect, it } from '@jest/globals';
import { LineSplitter } from './line-splitter.ts';
import { LogSummary, MOST_CODES, MOST_GROUPS } from './log-summary.ts';

function summaryOf(lines: readonly string[], size = 1_000): LogSummary {
  const summary = new LogSummary({ zoneMinutes: 0, now: Date.parse('2026-11-23T00:00:00Z') });
  const splitter = new LineSplitter(summary);
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size));
  splitter.end();
  return summary;
}

const counted = (lines: readonly string[]): [string, number][] =>
  summaryOf(lines)
    .templates()
    .map(({ template, count }) => [template, count]);
const repeated = (count: number, line: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => line(at));

describe('the summary of a log', () => {
  it('has a template for lines that differ in their variables, with count, first and last and an example', () => {
    const lines = repeated(3, (at) => `2026-11-22T10:00:0${at}Z INFO request ${at} took ${at * 7} ms`);
    for (const size of [7, 10_000])
      expect(summaryOf(lines, size).templates()).toEqual([
        {
          template: 'INFO request <*> took <*> ms',
          count: 3,
          first: '2026-11-22T10:00:00.000Z',
          last: '2026-11-22T10:00:02.000Z',
          example: '2026-11-22T10:00:00Z INFO request 0 took 0 ms',
        },
      ]);
  });

  it('opens words in which lines differ that are alike for the most part', () => {
    const users = ['alice', 'bob', 'carol'];
    expect(counted(users.map((user) => `login of user ${user} worked at once`))).toEqual([
      ['login of user <*> worked at once', 3],
    ]);
  });

  it('keeps apart what is said otherwise, by its first words, its length or most of its words', () => {
    const lines = ['disk sda is full now', 'disk sda is full', 'raid sda is full now', 'disk sda has gone away'];
    expect(counted(lines)).toHaveLength(4);
  });

  it('tells the rarest first, and the newest of those', () => {
    const lines = [
      ...repeated(5, (at) => `2026-11-22T10:00:00Z INFO usual ${at}`),
      '2026-11-22T10:00:01Z ERROR older fault',
      '2026-11-22T10:00:02Z FATAL newer fault',
      'without a time',
    ];
    expect(counted(lines).map(([template]) => template)).toEqual([
      'FATAL newer fault',
      'ERROR older fault',
      'without a time',
      'INFO usual <*>',
    ]);
  });

  it('does not hide one line of another kind among thousands that are nearly the same', () => {
    const lines = repeated(5_000, (at) => `INFO payment accepted for order ${at} of shop ${at % 7}`);
    lines.splice(3_000, 0, 'INFO payment refused for order 3000 of shop 1');
    expect(counted(lines)).toEqual([
      ['INFO payment refused for order <*> of shop <*>', 1],
      ['INFO payment accepted for order <*> of shop <*>', 5_000],
    ]);
  });

  it('tells apart how requests and processes ended', () => {
    const request = (status: number): string =>
      `10.0.0.1 - - [22/Nov/2026:12:00:01 +0000] "GET /a HTTP/1.1" ${status} 17`;
    const lines = [request(500), ...repeated(30, () => request(200)), ...repeated(3, () => 'job exited with code 0')];
    expect(counted([...lines, 'job exited with code 137'])).toEqual([
      ['<*> - - [] "GET /a HTTP/<*>" 500 <*>', 1],
      ['job exited with code 137', 1],
      ['job exited with code 0', 3],
      ['<*> - - [] "GET /a HTTP/<*>" 200 <*>', 30],
    ]);
  });

  it('tells apart no more codes than there are in use', () => {
    expect(counted(repeated(900, (at) => `error code ${at}`))).toHaveLength(MOST_CODES + 1);
  });

  it('leaves out when, where and by which process a line was written, so that servers can be compared', () => {
    const lines = [
      'Nov 22 10:00:00 alpha sshd[17]: Connection closed by 10.0.0.1 port 4',
      '2026-11-22T10:00:00+0000 beta sshd[4]: Connection closed by 10.0.0.2 port 5',
      '2026-11-22T10:00:00.1Z Nov 22 10:00:01 gamma sshd[4]: Connection closed by 10.0.0.2 port 5',
    ];
    expect(counted(lines)).toEqual([['sshd[<*>]: Connection closed by <*> port <*>', 3]]);
  });

  it('does not take a level for a host', () => {
    expect(counted(['2026-11-22T10:00:00Z ERROR main: it broke'])).toEqual([['ERROR main: it broke', 1]]);
  });

  it('leaves out empty lines, and what steers a terminal', () => {
    const summary = summaryOf(['', '\u001b[31mred\u001b[0m alert', '\r', 'red alert']);
    expect([summary.lines, summary.templates().map(({ template }) => template)]).toEqual([2, ['red alert']]);
  });

  it('takes odd bytes for what they are, and a line without end for a short one', () => {
    const [found] = summaryOf(['x'.repeat(100_000)]).templates();
    expect(found?.template).toBe(`${'x'.repeat(199)}…`);
    expect(summaryOf(['\u0000\ufffd']).lines).toBe(1);
  });

  it('counts what it has no more groups for', () => {
    const word = (at: number): string =>
      [...at.toString(26)].map((digit) => String.fromCharCode(103 + (parseInt(digit, 26) % 20))).join('') +
      'z'.repeat(at % 50);
    const lines = [...new Set(repeated(3 * MOST_GROUPS, (at) => `${word(at)} ${word(at + 1)}`))];
    const summary = summaryOf(lines);
    expect(summary.templates()).toHaveLength(MOST_GROUPS);
    expect(summary.ungrouped).toBe(lines.length - MOST_GROUPS);
  });
});
