import { describe, expect, it } from '@jest/globals';
import { logTime } from './log-time.ts';

const clock = { zoneMinutes: 0, now: Date.parse('2026-11-23T00:00:00Z') };
const at = (line: string, given = clock): string | undefined => {
  const time = logTime(line, given);
  return time && new Date(time.at).toISOString();
};

describe('the instant in a line of a log', () => {
  it.each([
    ['RFC 3339', '2026-11-22T10:00:01.5Z started', '2026-11-22T10:00:01.500Z'],
    ['journald', '2026-11-22T12:00:01+0200 web-1 sshd[1]: hi', '2026-11-22T10:00:01.000Z'],
    ['a container', '2026-11-22T10:00:01.123456789Z hi', '2026-11-22T10:00:01.123Z'],
    ['log4j', '[2026-11-22 10:00:01,123] ERROR', '2026-11-22T10:00:01.123Z'],
    ['nginx', '2026/11/22 10:00:01 [error] 7#7: x', '2026-11-22T10:00:01.000Z'],
    ['Apache', '1.2.3.4 - - [22/Nov/2026:12:00:01 +0200] "GET /"', '2026-11-22T10:00:01.000Z'],
    ["Apache's errors", '[Sun Nov 22 10:00:01.123456 2026] [core:error]', '2026-11-22T10:00:01.123Z'],
    ['syslog', 'Nov 22 10:00:01 web-1 sshd[1]: hi', '2026-11-22T10:00:01.000Z'],
    ['syslog early in a month', 'Nov  2 10:00:01 web-1 cron: hi', '2026-11-02T10:00:01.000Z'],
    ['syslog of last year', 'Dec 31 23:59:59 web-1 cron: hi', '2025-12-31T23:59:59.000Z'],
    ['Redis', '123:M 22 Nov 2026 10:00:01.123 * Ready', '2026-11-22T10:00:01.123Z'],
    ['seconds since 1970', '1795341601 up', '2026-11-22T10:00:01.000Z'],
    ['milliseconds in JSON', '{"level":50,"time":1795341601123,"msg":"x"}', '2026-11-22T10:00:01.123Z'],
    ['text in JSON', '{"level":"info","ts":"2026-11-22T10:00:01Z"}', '2026-11-22T10:00:01.000Z'],
  ])('is read in the form of %s', (_form, line, expected) => {
    expect(at(line)).toBe(expected);
  });

  it('is in the zone of the server when the line does not say', () => {
    const there = { ...clock, zoneMinutes: -330 };
    expect(at('Nov 22 10:00:00 web-1 x: y', there)).toBe('2026-11-22T15:30:00.000Z');
    expect(at('2026-11-22 10:00:00Z y', there)).toBe('2026-11-22T10:00:00.000Z');
  });

  it.each(['', '    at Object.run (x.js:10:20)', 'version 1.2.3 of 2026', '10:00:01 up', 'id 17953416010 x'])(
    'is not made up: %j',
    (line) => {
      expect(at(line)).toBeUndefined();
    },
  );
});
