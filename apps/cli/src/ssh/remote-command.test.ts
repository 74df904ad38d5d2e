import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { findProgram } from '@servonaut/testkit';
import { markedCommand } from './remote-command.ts';

/** Login shells that a server may give its users, as sshd starts them: `SHELL -c COMMAND`. Those that this machine has are tried. */
const LOGIN_SHELLS = [['sh'], ['bash'], ['dash'], ['zsh'], ['ksh'], ['fish'], ['busybox', 'ash']].filter(
  ([program = '']) => findProgram(program),
);

const NASTY = `a'b"c\\d \\\\ \\n $HOME \`id\` $(id) !x ☃ %s {a,b} ~ * ;|& (x) [y] # ^ \\' two\nlines`;

describe.each(LOGIN_SHELLS.map((shell) => [shell.join(' '), shell] as const))(
  'below the login shell %s',
  (_, [program = '', ...args]) => {
    const run = (line: string, input = '') => execFileSync(program, [...args, '-c', line], { encoding: 'utf8', input });

    it('sh gets the command exactly, marked as of its request', () => {
      const command = `printf '%s ' "$SERVONAUT_REQUEST"; printf %s '${NASTY.replaceAll("'", `'\\''`)}'`;
      expect(run(markedCommand('request-1', command, 'empty'))).toBe(`request-1 ${NASTY}`);
    });

    it('stdin is empty, or what is given', () => {
      expect(run(markedCommand('request-1', 'cat', 'empty'), 'ignored')).toBe('');
      expect(run(markedCommand('request-1', 'cat', 'given'), 'given')).toBe('given');
    });
  },
);

it('refuses a command that the server could not start', () => {
  expect(() => markedCommand('request-1', "'".repeat(50_000), 'empty')).toThrow(
    expect.objectContaining({ code: 'payload_too_large' }),
  );
});

it('takes no request id that a shell would read', () => {
  expect(() => markedCommand('1; id', 'true', 'empty')).toThrow(expect.objectContaining({ code: 'internal' }));
});
