import { describe, expect, it } from '@jest/globals';
import { ServonautError, toolAnswerSchema, type Combination, type CommandResult } from '@servonaut/contracts';
import type { ShownRequest } from '../shown-request.ts';
import { aShownRequest } from '../testing/a-shown-request.ts';
import { answerMany, type ServerEnd } from './many-answer.ts';

const LENGTH = 50_000;

function ended(server: string, result: Partial<CommandResult>, given: Partial<ShownRequest> = {}): ServerEnd {
  return { server, end: { view: aShownRequest({ server, ...given }, result), outputBytes: null } };
}

const servers = (count: number) => Array.from({ length: count }, (_, at) => `web-${at}`);
const answer = (ends: readonly ServerEnd[]) =>
  answerMany('run_command', ends, { idle: [], length: LENGTH, combine: undefined }).content[0]!.text;
const headsOf = (text: string) => text.match(/^== .*$/gm) ?? [];

describe('the answer of many servers', () => {
  it('never says that two outputs are the same that differ where neither is shown at first', () => {
    const configured = (workers: number) => `${'a = 1\n'.repeat(150)}workers = ${workers}\n${'b = 2\n'.repeat(150)}`;
    const ends = servers(100).map((server) => ended(server, { stdout: configured(server === 'web-57' ? 8 : 4) }));
    const text = answer(ends);
    expect(headsOf(text)).toHaveLength(2);
    expect(text).toMatch(/^== web-57 \|/m);
    expect(text).toContain('workers = 8');
  });

  it('calls outputs the same that are, however much of them is shown', () => {
    const ends = servers(3).map((server) => ended(server, { stdout: 'x'.repeat(LENGTH * 2) }));
    expect(headsOf(answer(ends))).toEqual([expect.stringContaining('(3 servers)')]);
  });

  it('calls no outputs the same of which the executors have sent a part', () => {
    const part = { stdout: 'head [...] tail', stdout_bytes: 99_999, truncated: true };
    expect(headsOf(answer(servers(3).map((server) => ended(server, part))))).toHaveLength(3);
  });

  it.each([
    (server: string) => `On the way to ${server}: the bastion could not be reached.`,
    (server: string) => `${server}: refused.`,
    (server: string) => `Nobody answers at ${server}.`,
  ])('tells the same error once, wherever the name stands: %s', (message) => {
    const ends = servers(100).map((server) =>
      ended(server, { status: 'error', output: '', error_message: message(server) }, { outcome: 'failed' }),
    );
    expect(headsOf(answer(ends))).toHaveLength(1);
  });
});

describe('the answer of many servers whose rows become one table', () => {
  const combine: Combination = {
    rows: 'mounts',
    order: [{ by: 'used', direction: 'descending' }],
    columns: ['path', 'used'],
  };
  const filled = (server: string, used: number, more: object = {}) =>
    ended(server, {
      data: { mounts: [{ path: '/', used }], total: 1 },
      output: `/ ${used} %`,
      redactions: { password: 1 },
      ...more,
    });
  const unreachable = new ServonautError('server_unreachable', { message: 'db-1 could not be reached.' });

  it('tells what went wrong first, then the table, and every row once', () => {
    const ends = [filled('web-1', 9), { server: 'db-1', end: unreachable }, filled('web-2', 80)];
    const { content, structuredContent } = answerMany('disk_usage', ends, { idle: [], combine, length: LENGTH });
    expect(content[0]!.text).toBe(
      [
        'disk_usage on 3 servers: 2 succeeded, 1 not_delivered',
        '== db-1 | not_delivered (server_unreachable)',
        'db-1 could not be reached.',
        `Next: ${unreachable.nextStep}`,
        'server  path  used',
        'web-2   /       80',
        'web-1   /        9',
        '[redacted: password × 2]',
      ].join('\n'),
    );
    expect(structuredContent.combined).toEqual({
      rows: [
        { server: 'web-2', path: '/', used: 80 },
        { server: 'web-1', path: '/', used: 9 },
      ],
      left_out: 0,
    });
    expect(structuredContent.results.map(({ data }) => data)).toEqual([{ total: 1 }, undefined, { total: 1 }]);
    expect(toolAnswerSchema.strict().safeParse(structuredContent).error).toBeUndefined();
  });

  it('tells of a server that has rows and did not succeed, though it has no error', () => {
    const failed = ended(
      'web-2',
      {
        data: { mounts: [{ path: '/', used: 80 }] },
        exit_code: 1,
        output: 'no access to /srv',
        redactions: { password: 1 },
      },
      { outcome: 'failed' },
    );
    const { content } = answerMany('disk_usage', [filled('web-1', 9), failed], {
      idle: [],
      combine,
      length: LENGTH,
    });
    const { text } = content[0]!;
    expect(headsOf(text)).toEqual([expect.stringMatching(/^== web-2 \| .*exit 1/)]);
    expect(text).toContain('no access to /srv');
    expect(text).toMatch(/web-2 {3}\/ {7}80\nweb-1/);
    expect(text.match(/redacted: password × \d/g)).toEqual(['redacted: password × 1', 'redacted: password × 1']);
  });

  it('shows the output of a server whose executor has no data, and none where nobody has', () => {
    const old = ended('old-1', { stdout: '/ 5 %' });
    const some = answerMany('disk_usage', [filled('web-1', 9), old], { idle: [], combine, length: LENGTH });
    expect(some.content[0]!.text).toMatch(/\n== old-1 \| exit 0 \| 12 ms\n\/ 5 %\nserver {2}path {2}used\nweb-1/);
    const none = answerMany('disk_usage', [old], { idle: [], combine, length: LENGTH });
    expect(none.structuredContent.combined).toBeUndefined();
  });

  it('shows no more to a caller than there is room for', () => {
    const long = filled('web-1', 9, { data: { mounts: [{ path: 'x'.repeat(900), used: 9 }] } });
    const bounded = [{ ...long, end: { ...long.end, outputBytes: 500 } } as ServerEnd, filled('web-2', 1)];
    const { structuredContent } = answerMany('disk_usage', bounded, { idle: [], combine, length: LENGTH });
    expect(structuredContent.combined?.rows).toEqual([{ server: 'web-2', path: '/', used: 1 }]);
    expect(structuredContent.results[0]).toMatchObject({ server: 'web-1', truncated: true });
    const many = Array.from({ length: 100 }, (_, at) => filled(`web-${at}`, at));
    const { content } = answerMany('disk_usage', many, {
      idle: [],
      combine: { ...combine, most: 1_000 },
      length: 1_000,
    });
    expect(content[0]!.text.length).toBeLessThan(1_200);
    expect(content[0]!.text).toMatch(/\[\d+ more rows are left out/);
  });
});
