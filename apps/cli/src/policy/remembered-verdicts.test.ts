import { expect, it } from '@jest/globals';
import { RememberedVerdicts } from './remembered-verdicts.ts';
import type { CommandVerdict } from './shell/command-verdict.ts';

function counting(mostCharacters?: number) {
  const verdicts = new RememberedVerdicts(mostCharacters);
  const read: string[] = [];
  const ask = (command: string, directory?: string): CommandVerdict =>
    verdicts.of(command, directory, () => {
      read.push(command);
      return { class: 'read-only', commands: [], reason: `${directory} ${command}`, changesDirectory: false };
    });
  return { ask, read };
}

it('a text is understood once for each folder that it starts in', () => {
  const { ask, read } = counting();
  const first = ask('ls', '/srv');
  expect(ask('ls', '/srv')).toBe(first);
  expect(ask('ls', '/etc').reason).toBe('/etc ls');
  expect(ask('ls').reason).toBe('undefined ls');
  expect(ask('/srvls').reason).toBe('undefined /srvls');
  expect(read).toEqual(['ls', 'ls', 'ls', '/srvls']);
});

it('what was asked for least lately makes room, and what is longer than all room is not kept', () => {
  const { ask, read } = counting(3_000);
  for (const command of ['a', 'b', 'a', 'c', 'a', 'b']) ask(command);
  expect(read).toEqual(['a', 'b', 'c', 'b']);
  const long = 'x'.repeat(3_000);
  for (const command of [long, long, 'd', 'd']) ask(command);
  expect(read.slice(4)).toEqual([long, long, 'd']);
});
