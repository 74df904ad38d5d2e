import { describe, expect, it } from '@jest/globals';
import type { CommandResult } from '@servonaut/contracts';
import type { RequestView } from '../../relay/index.ts';
import { aView } from '../testing/fake-relay.ts';
import { answerMany, type ServerEnd } from './many-answer.ts';

const LENGTH = 50_000;

function ended(server: string, result: Partial<CommandResult>, given: Partial<RequestView> = {}): ServerEnd {
  return { server, end: { view: aView({ server, ...given }, result), outputBytes: null } };
}

const servers = (count: number) => Array.from({ length: count }, (_, at) => `web-${at}`);
const answer = (ends: readonly ServerEnd[]) => answerMany('run_command', ends, [], LENGTH).content[0]!.text;
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
