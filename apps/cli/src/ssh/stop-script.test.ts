import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findProgram, requireProgram, temporaryFolder, unlessMissing, waitFor } from '@servonaut/testkit';
import { markedCommand, requestMark } from './remote-command.ts';
import { DEFAULT_SSH_SETTINGS } from './ssh-settings.ts';
import { STOP_ANSWER, stopCommand } from './stop-script.ts';

const WINDOW_MS = 60_000;
const NOBODY = 65_534;
const asRoot = unlessMissing(it, process.getuid?.() === 0 ? undefined : 'root, for processes of a second user');

const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of started.splice(0)) spawnSync('/bin/kill', ['-KILL', '--', `-${pid}`]);
});

function start(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', ...options });
  started.push(child);
  return child;
}

const firstProcess = (requestId: string, command: string) =>
  start('/bin/sh', ['-c', markedCommand(requestId, command, 'empty', 'sh')]);

const environmentWith = (...entries: string[]) =>
  ({
    PATH: process.env['PATH'],
    ...Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s))),
  }) as NodeJS.ProcessEnv;

/** As of another connection, unless told otherwise: what this process starts is not of those that the SSH server started for the stop's own. */
function stop(line: string, { path = process.env['PATH'], connection = 'other' } = {}): string | undefined {
  const args = ['-c', connection === 'other' ? `(${line}); :` : line];
  const { stdout } = spawnSync('/bin/sh', args, { encoding: 'utf8', env: { PATH: path } });
  return STOP_ANSWER.exec(stdout)?.[1];
}

const stopLine = (requestId: string) => stopCommand(requestId, WINDOW_MS, DEFAULT_SSH_SETTINGS);

/** Empty when the process is gone, but for its entry. */
function commandOf(pid: string | number = ''): string {
  const [state, command = ''] = spawnSync('ps', ['-o', 'stat=,comm=', '-p', `${pid}`], { encoding: 'utf8' })
    .stdout.trim()
    .split(/\s+/);
  return state?.startsWith('Z') ? '' : command;
}
// Not what Node knows of its child, since it learns of an end only later.
const isThere = ({ pid }: ChildProcess) => commandOf(pid) !== '';

/** A folder of programs that are all busybox; the stop script of Alpine has no others. */
async function busyboxTools(): Promise<string> {
  const folder = await temporaryFolder();
  for (const tool of ['sh', 'tr', 'awk', 'grep', 'sleep']) symlinkSync(requireProgram('busybox'), join(folder, tool));
  return folder;
}

const ENDS =
  'with the tools of %s ends what carries the mark in its environment, and the shell that was given the request';
it.each(['the system'])(ENDS, endsWhatIsMarked);
unlessMissing(it, findProgram('busybox') ? undefined : 'busybox').each(['busybox'])(ENDS, endsWhatIsMarked);

async function endsWhatIsMarked(kind: string): Promise<void> {
  const requestId = randomUUID();
  const env = environmentWith('FIRST=1', requestMark(requestId), 'LAST=2');
  const ended = [start('sleep', ['600'], { env }), firstProcess(requestId, 'while :; do :; done')].map((child) =>
    once(child, 'exit'),
  );
  const line = stopLine(requestId).replace('exec /bin/sh', 'exec sh');
  expect(stop(line, kind === 'busybox' ? { path: await busyboxTools() } : {})).toBe('stopped');
  for (const exit of ended) expect(await exit).toEqual([null, 'SIGINT']);
}

it('looks on while processes come and go', () => {
  start('/bin/sh', ['-c', 'while :; do /bin/true & /bin/true; done']);
  const answers = Array.from({ length: 40 }, () => stop(stopLine(randomUUID())));
  expect(answers.filter((answer) => answer !== 'stopped')).toEqual([]);
});

it.each([
  ['INT', ''],
  ['TERM', 'trap "" INT;'],
  ['KILL', 'trap "" INT TERM;'],
])('leaves no child behind that was born while its parent was ended by %s', async (_, traps) => {
  const requestId = randomUUID();
  // No child carries the mark, nor ends by itself; each is known by its parent alone, and new ones come faster than anybody can look.
  const parent = `${traps} echo on; while :; do sleep 603.${process.pid} & sleep 0.01; done`;
  const shell = firstProcess(requestId, `exec 3>&1; setsid env -i sh -c '${parent}' >&3 & wait`);
  await once(shell.stdout!, 'data');
  const settings = { ...DEFAULT_SSH_SETTINGS, ssh_interrupt_grace_ms: 200, ssh_terminate_grace_ms: 200 };
  try {
    expect(stop(stopCommand(requestId, WINDOW_MS, settings))).toBe('stopped');
    expect(spawnSync('pgrep', ['-f', `sleep 603[.]${process.pid}`]).status).toBe(1);
  } finally {
    spawnSync('pkill', ['-KILL', '-f', `sleep 603[.]${process.pid}`]);
  }
});

describe('does not touch a process of the same user', () => {
  const requestId = randomUUID();
  const mark = requestMark(requestId);

  it.each([
    ['that has the mark as a part of an entry', [], [`${mark}0`, `X=${mark}`, `Y=\n${mark}\n`]],
    ['that names the mark in its arguments', ['sleep 601; :', mark, `\n${mark}\n`, `export ${mark};`], []],
    ['that speaks of others', ['sleep 601; :', '==> 1/environ <==', mark], [`A=\n==> 1/environ <==\n${mark}\n`]],
  ])('%s', (_, args, entries) => {
    const victim = start('/bin/sh', ['-c', ...(args.length > 0 ? args : ['sleep 601; :'])], {
      env: environmentWith(...entries),
    });
    expect(stop(stopLine(requestId))).toBe('stopped');
    expect(isThere(victim)).toBe(true);
  });

  it('that is older than the request', async () => {
    const old = start('sleep', ['601'], { env: environmentWith(mark) });
    const age = () => spawnSync('ps', ['-o', 'etimes=', '-p', `${old.pid}`], { encoding: 'utf8' }).stdout;
    await waitFor(() => Number(age()) >= 1, { what: 'a second to pass' });
    expect(stop(stopCommand(requestId, 500, DEFAULT_SSH_SETTINGS))).toBe('stopped');
    expect(isThere(old)).toBe(true);
  });
});

describe('when root stops a request', () => {
  asRoot('it does not touch processes of others, whatever they carry', async () => {
    const requestId = randomUUID();
    const options = { uid: NOBODY, gid: NOBODY };
    const others = [
      start('sleep', ['601'], { ...options, env: environmentWith(requestMark(requestId)) }),
      start('/bin/sh', ['-c', markedCommand(requestId, 'sleep 601; :', 'empty', 'sh')], options),
    ];
    expect(stop(stopLine(requestId))).toBe('stopped');
    expect(others.map(isThere)).toEqual([true, true]);
  });

  asRoot('it does not touch what others point at by arguments, environment, name, or open files', async () => {
    const requestId = randomUUID();
    const mark = requestMark(requestId);
    const victim = start('sleep', ['601']);
    const ended = once(firstProcess(requestId, 'sleep 601; :'), 'exit');
    const forged = [`==> ${victim.pid}/environ <==`, mark];
    const rename = `printf '\\n%s (a' ${victim.pid} > /proc/self/comm`;
    const attacker = start('/bin/sh', ['-c', `${rename} && echo on; sleep 601; :`, ...forged], {
      uid: NOBODY,
      gid: NOBODY,
      env: environmentWith(`A=\n${forged.join('\n')}\n`),
    });
    await once(attacker.stdout!, 'data');
    expect(stop(stopLine(requestId))).toBe('stopped');
    await ended;
    expect([victim, attacker].map(isThere)).toEqual([true, true]);
  });

  asRoot('it ends a request that has become a program of somebody else', async () => {
    const requestId = randomUUID();
    const shell = firstProcess(
      requestId,
      `exec setpriv --reuid ${NOBODY} --clear-groups sh -c 'echo on; sleep 601; :'`,
    );
    const ended = once(shell, 'exit');
    await once(shell.stdout!, 'data');
    expect(stop(stopLine(requestId), { connection: 'same' })).toBe('stopped');
    expect(await ended).toEqual([null, 'SIGINT']);
  });

  asRoot('it ends what the request runs as somebody else', async () => {
    const requestId = randomUUID();
    const command = `setpriv --reuid ${NOBODY} --clear-groups env -i setsid sh -c 'echo on; sleep 602.5; :' & wait`;
    const shell = firstProcess(requestId, command);
    await once(shell.stdout!, 'data');
    expect(stop(stopLine(requestId))).toBe('stopped');
    expect(spawnSync('pgrep', ['-f', 'sleep 602[.]5']).status).toBe(1);
  });
});

describe('where there is no /proc', () => {
  const stopByPs = (requestId: string, path?: string) =>
    stop(stopLine(requestId).replace('cd /proc', 'cd /nonexistent'), path === undefined ? {} : { path });

  it('ends the shell that was given the request, and what descends from it', async () => {
    const requestId = randomUUID();
    const shell = firstProcess(requestId, 'setsid env -i sleep 601 & echo $!; sleep 601');
    const ended = once(shell, 'exit');
    const [child] = (await once(shell.stdout!, 'data')) as [Buffer];
    await waitFor(() => commandOf(child.toString().trim()) === 'sleep', { what: 'the child' });
    expect(stopByPs(requestId)).toBe('stopped');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(commandOf(child.toString().trim())).toBe('');
  });

  it('asks for no process by itself that does not show the mark, however many there are', async () => {
    const requestId = randomUUID();
    const shell = firstProcess(requestId, 'echo on; sleep 601; :');
    await once(shell.stdout!, 'data');
    start('sleep', ['601']);
    const tools = await temporaryFolder();
    const asked = join(tools, 'asked');
    const ps = `#!/bin/sh\necho "$*" >> ${asked}\nexec ${requireProgram('ps')} "$@"\n`;
    writeFileSync(join(tools, 'ps'), ps, { mode: 0o755 });
    expect(stopByPs(requestId, `${tools}:${process.env['PATH']}`)).toBe('stopped');
    const oneByOne = readFileSync(asked, 'utf8').match(/(?<=-p )\d+/g);
    expect(new Set(oneByOne)).toEqual(new Set([`${shell.pid}`]));
  });

  asRoot('does not touch processes of others, nor what names the mark elsewhere', () => {
    const requestId = randomUUID();
    const mark = requestMark(requestId);
    const others = [
      start('/bin/sh', ['-c', markedCommand(requestId, 'sleep 601; :', 'empty', 'sh')], { uid: NOBODY, gid: NOBODY }),
      start('/bin/sh', ['-c', 'sleep 601; :', `export ${mark};`, `sh -c export ${mark};`]),
      start('sleep', ['601'], { env: environmentWith(mark) }),
    ];
    expect(stopByPs(requestId)).toBe('no-proc');
    expect(others.map(isThere)).toEqual([true, true, true]);
  });

  it('claims nothing where ps shows nothing that is marked', () => {
    expect(stopByPs(randomUUID())).toBe('no-proc');
  });
});
