import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram, missingTerminal, startTerminal, temporaryFolder, unlessMissing } from '@servonaut/testkit';
import { completionScript, COMPLETED_SHELLS, type CompletedShell } from './completion-script.ts';
import type { CompletedCommand } from './completion-table.ts';

const PROFILE = { type: 'option', description: 'The profile; otherwise SERVONAUT_PROFILE.' } as const;
const COMMANDS: readonly CompletedCommand[] = [
  { id: 'policy:init', summary: "Write one. It's first.", args: {}, flags: { profile: PROFILE } },
  {
    id: 'policy:lint',
    summary: '$(touch RAN) `touch RAN` \\ "x"',
    args: {},
    flags: { level: { type: 'option', options: ['readonly', 'standard'] }, force: { type: 'boolean', allowNo: true } },
  },
  { id: 'run-command', summary: 'Run a command.', args: { server: {} }, flags: { profile: PROFILE } },
  { id: 'redact:test', summary: 'Try it.', args: { file: {} }, flags: {} },
  { id: 'secret', summary: 'Nobody sees it.', hidden: true, args: {}, flags: {} },
];

let folder: string;
const scripts = new Map<CompletedShell, string>();
beforeAll(async () => {
  folder = await temporaryFolder();
  const folders = { configDir: join(folder, 'it is config'), stateDir: join(folder, 'state') };
  for (const profile of ['default', 'prod']) {
    mkdirSync(join(folders.configDir, 'profiles', profile), { recursive: true });
    mkdirSync(join(folders.stateDir, 'profiles', profile), { recursive: true });
  }
  writeFileSync(join(folders.configDir, 'settings.yaml'), 'max_running: 3\nprofile: "prod" # mine\n');
  writeFileSync(join(folders.stateDir, 'profiles', 'prod', 'server-names'), 'web-1\nweb-2\ndb-1\nlabel:role=db\n');
  writeFileSync(join(folders.stateDir, 'profiles', 'default', 'server-names'), 'web-9\n');
  writeFileSync(join(folder, 'a file.txt'), '');
  for (const shell of COMPLETED_SHELLS) {
    const path = join(folder, `script.${shell}`);
    writeFileSync(path, completionScript(shell, COMMANDS, [{ name: 'policy', description: 'What runs.' }], folders));
    scripts.set(shell, path);
  }
});

/** What may stand after a line, and what is completed of it: as the shell itself asks for it. */
const CASES: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['pol', ['policy']],
  ['policy ', ['init', 'lint']],
  ['sec', []],
  ['run-command w', ['web-1', 'web-2']],
  ['run-command web-1 d', ['db-1']],
  ['run-command web-1,d', ['web-1,db-1']],
  ['run-command !d', ['!db-1']],
  ['run-command label:role=d', ['label:role=db']],
  ['run-command --profile default w', ['web-9']],
  ['run-command --profile=default w', ['web-9']],
  ['run-command web-1 -- w', []],
  ['policy init --profile ', ['default', 'prod']],
  ['policy lint --level ', ['readonly', 'standard']],
  ['policy lint --level=s', ['--level=standard']],
  ['policy lint --', ['--force', '--help', '--level', '--no-force']],
];

const byCode = (one: string, other: string): number => (one < other ? -1 : 1);
const ENV = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' };
const shell = (name: CompletedShell, args: readonly string[]): string =>
  execFileSync(name, args, { encoding: 'utf8', cwd: folder, env: { ...ENV, HOME: folder, XDG_CONFIG_HOME: folder } });

describe('in bash', () => {
  // What readline does with the answer: it replaces the word from the last "=" or ":" on.
  const ask = `source "$1"; COMP_LINE="servonaut $2"; COMP_POINT=\${#COMP_LINE}; _servonaut; printf '%s\\n' "\${COMPREPLY[@]}"`;
  it.each(CASES)('%s', (typed, offered) => {
    const answer = shell('bash', ['--norc', '-c', ask, 'bash', scripts.get('bash') ?? '', typed]);
    const kept = /[^ ]*[=:]/.exec(typed.split(' ').at(-1) ?? '')?.[0] ?? '';
    const words = answer.split('\n').filter(Boolean);
    expect(words.map((word) => kept + word).toSorted(byCode)).toEqual(offered);
  });
});

unlessMissing(describe, findProgram('fish') ? undefined : 'fish')('in fish', () => {
  let answers: string[];
  beforeAll(() => {
    const lines = CASES.map(([typed]) => `complete -C 'servonaut ${typed}'; echo ==`);
    const told = shell('fish', ['--no-config', '-c', `source ${scripts.get('fish') ?? ''}\n${lines.join('\n')}`]);
    answers = told.split('==\n');
  });
  it.each(CASES.map((one, at) => [...one, at] as const))('%s', (_typed, offered, at) => {
    const words = (answers[at] ?? '').split('\n').filter(Boolean);
    expect(words.map((line) => line.split('\t')[0] ?? '').toSorted(byCode)).toEqual(offered);
  });
  it('says what each does, in its own words', () => {
    expect(answers[1]).toBe('init\tWrite one.\nlint\t$(touch RAN) `touch RAN` \\ "x"\n');
  });
});

const missing = missingTerminal() ?? (findProgram('zsh') ? undefined : 'zsh');
unlessMissing(describe, missing)('at a terminal', () => {
  const ended: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(ended.map((end) => end())));

  async function aTerminal(name: CompletedShell, command: string) {
    const start = `env -i PATH="$PATH" HOME=${folder} LC_ALL=C.UTF-8 TERM=screen PS1='> ' ${command}`;
    const terminal = await startTerminal({ command: `cd ${folder} && ${start}`, columns: 100, rows: 24 });
    ended.push(terminal.stop);
    const prepare = name === 'zsh' ? 'autoload -U compinit && compinit -D -u && ' : '';
    await terminal.type(`PS1='> '; ${prepare}source script.${name} && clear && echo READY`, 'Enter');
    await terminal.shows(/^READY$/m);
    return terminal;
  }

  it('zsh completes what is typed, and shows what there is', async () => {
    const terminal = await aTerminal('zsh', 'zsh -f');
    await terminal.type('servonaut pol', 'Tab', 'Tab');
    await terminal.shows(/> servonaut policy/);
    await terminal.shows(/^init {2}-- Write one\.\s+lint {2}-- \$\(touch RAN\)/m);
    await terminal.type('C-u', 'servonaut run-command label:role=d', 'Tab', 'w', 'Tab');
    await terminal.shows(/> servonaut run-command label:role=db web-/);
    await terminal.type('C-u', 'servonaut policy lint --level=s', 'Tab');
    await terminal.shows(/--level=standard/);
    await terminal.type('C-u', 'servonaut redact test a', 'Tab');
    await terminal.shows(/a\\ file\.txt/);
  });

  it('bash completes a word in which it sees several', async () => {
    const terminal = await aTerminal('bash', 'bash --norc');
    await terminal.type('servonaut run-command label:role=d', 'Tab', 'd', 'Tab');
    await terminal.shows(/> servonaut run-command label:role=db db-1/);
    await terminal.type('C-u', 'servonaut redact test a', 'Tab');
    await terminal.shows(/a\\ file\.txt/);
  });
});
