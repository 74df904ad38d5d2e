import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { findProgram, unlessMissing } from '@servonaut/testkit';
import { isShLike, QUESTION } from './login-shell.ts';
import { markedCommand } from './remote-command.ts';

/** Login shells that a server may give its users, as sshd starts them: `SHELL -c COMMAND`. A machine may lack the optional ones. */
const MANDATORY_SHELLS = [['sh'], ['bash'], ['dash']];
const OPTIONAL_SHELLS = [['zsh'], ['ksh'], ['fish'], ['busybox', 'ash']];
const lacking = (program = ''): string | undefined => (findProgram(program) ? undefined : program);

const NASTY = `a'b"c\\d \\\\ \\n $HOME \`id\` $(id) !x ☃ %s {a,b} ~ * ;|& (x) [y] # ^ \\' two\nlines`;

/** What a server with this login shell is asked, the way sshd asks it. */
function answerOf([program = '', ...args]: readonly string[], line: string, input = '') {
  const { stdout, stderr, status } = spawnSync(program, [...args, '-c', line], { encoding: 'utf8', input });
  return { stdout, stderr, status };
}

const named = (shells: readonly (readonly string[])[]) => shells.map((shell) => [shell.join(' '), shell] as const);

describe.each(named(MANDATORY_SHELLS))('below the login shell %s', (_, shell) => {
  runsAsInSh(shell);
});
for (const shell of OPTIONAL_SHELLS)
  unlessMissing(describe, lacking(shell[0])).each([shell.join(' ')])('below the login shell %s', () => {
    runsAsInSh(shell);
  });

function runsAsInSh(shell: readonly string[]): void {
  const kind = isShLike(answerOf(shell, QUESTION).stdout) ? 'sh' : 'other';
  const run = (command: string, stdin: 'empty' | 'given' = 'empty', input = '') =>
    answerOf(shell, markedCommand('request-1', command, stdin, kind), input);

  it('a command is read exactly, marked as of its request', () => {
    const command = `printf '%s ' "$SERVONAUT_REQUEST"; printf %s '${NASTY.replaceAll("'", `'\\''`)}'`;
    expect(run(command).stdout).toBe(`request-1 ${NASTY}`);
    expect(run('env').stdout).toContain('SERVONAUT_REQUEST=request-1\n');
  });

  it('stdin is empty, or what is given', () => {
    expect(run('cat', 'empty', 'ignored').stdout).toBe('');
    expect(run('cat', 'given', 'given').stdout).toBe('given');
  });

  it.each([
    ['exit 3', 3],
    ['false', 1],
    ['echo $?', 0],
    ['true # a comment at the end', 0],
    ['# a comment at the start\nexit 4', 4],
    ['#', 0],
    ['\n\n  exit 5\n', 5],
    ['false\ntrue', 0],
    ['not-a-program', 127],
    ['set -e; false; exit 6', 1],
    ['cat <<END\n$((1 + 1))\nEND\nexit 7', 7],
    ['case a in (a) exit 8;; esac', 8],
  ])('%j exits as in sh', (command, status) => {
    expect(run(command)).toMatchObject({ status, stdout: answerOf(['/bin/sh'], command).stdout });
  });

  it.each(['if then', '; echo no', '&& echo no', ')', '} ; echo no', "echo 'no", 'echo no; fi'])(
    '%j is an error and runs nothing',
    (command) => {
      const { stdout, stderr, status } = run(command);
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
      expect(status).not.toBe(0);
    },
  );

  it('words are split and patterns without a file stay, as in sh', () => {
    expect(run(`two='a b'; printf '%s.' $two /nonexistent/*`).stdout).toBe('a.b./nonexistent/*.');
  });
}

const READS_ITSELF = 'the login shell %s reads commands itself, and counts their lines as given';
it.each(named(MANDATORY_SHELLS))(READS_ITSELF, readsItself);
unlessMissing(it, lacking('busybox')).each(named([['busybox', 'ash']]))(READS_ITSELF, readsItself);

function readsItself(_: string, shell: readonly string[]): void {
  expect(isShLike(answerOf(shell, QUESTION).stdout)).toBe(true);
  const line = markedCommand('request-1', 'true\nnot-a-program', 'empty', 'sh');
  expect(answerOf(shell, line).stderr).toMatch(shell[0] === 'busybox' ? /not found/ : /\b2: not-a-program:/);
}

it.each([
  'zsh\n',
  '\n',
  '',
  '"$0"\n',
  'Welcome!\nbash\n',
  'rbash\n',
  'sh',
  'ksh\n',
  'This account is not available.\n',
])('a login shell that answers %j is not taken for sh', (answer) => {
  expect(isShLike(answer)).toBe(false);
});

it.each(['sh', 'other'] as const)('refuses a command that the server could not start (%s)', (kind) => {
  const line = (command: string) => () => markedCommand('request-1', command, 'empty', kind);
  expect(line("'".repeat(131_000))).toThrow(expect.objectContaining({ code: 'payload_too_large' }));
});

it('takes no request id that a shell would read', () => {
  expect(() => markedCommand('1; id', 'true', 'empty', 'sh')).toThrow(expect.objectContaining({ code: 'internal' }));
});
