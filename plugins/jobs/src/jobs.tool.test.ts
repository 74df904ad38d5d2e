import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KEPT_JOBS, sh, type ToolContext } from '@servonaut/plugin-sdk';
import { callTool, localContext, type LocalContextOptions } from '@servonaut/plugin-sdk/testing';
import { jobOutput } from './job-output.tool.ts';
import { jobStatus } from './job-status.tool.ts';
import type { Job } from './job-state.ts';
import { PAGE_BYTES } from './output-window.ts';
import { startJob } from './start-job.tool.ts';
import { stopJob } from './stop-job.tool.ts';

const BUSYBOX = '/usr/bin/busybox';
const [ALICE, BOB] = ['a'.repeat(64), 'b'.repeat(64)];
const applets = mkdtempSync(join(tmpdir(), 'servonaut-applets-'));
if (existsSync(BUSYBOX)) execFileSync(BUSYBOX, ['--install', '-s', applets]);
afterAll(() => rmSync(applets, { recursive: true, force: true }));

/** A job that goes on until it is stopped; one that nobody stops, since its test was ended, ends by itself. */
const GOES_ON = 'sleep 20';

type Userland = readonly [name: string, shell: Pick<LocalContextOptions, 'shell'>, path: string];
const USERLANDS: readonly Userland[] = [
  ['the programs of this machine', {}, process.env['PATH'] ?? ''],
  ...(existsSync(BUSYBOX) ? [['busybox', { shell: [BUSYBOX, 'sh'] }, applets] as const] : []),
];

let home: string;
let context: ToolContext;
/** Of the userland whose tests run. */
let userland: Userland;
const as = (caller?: string, more: LocalContextOptions = {}) =>
  localContext({
    ...userland[1],
    env: { HOME: home, PATH: userland[2] },
    ...(caller !== undefined && { caller }),
    ...more,
  });

function useUserland(used: Userland): void {
  beforeEach(() => {
    userland = used;
    home = mkdtempSync(join(tmpdir(), 'servonaut-jobs-'));
    context = as(ALICE);
  });
  afterEach(() => {
    const jobs = join(home, '.servonaut/jobs');
    if (existsSync(jobs)) readdirSync(jobs).forEach(killed);
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  });
}

const folderOf = (job: string) => join(home, '.servonaut/jobs', job);
const start = async (command: string, more: Record<string, unknown> = {}, by = context) =>
  (await callTool(startJob, { command, ...more }, by)).data?.job ?? '';
const stop = async (job: string) => (await callTool(stopJob, { job, grace_seconds: 1 }, as())).data;
const list = async (by = context): Promise<Job[]> => (await callTool(jobStatus, {}, by)).data?.jobs ?? [];
const read = async (job: string, more: Record<string, unknown> = {}, by = context) => {
  const { data } = await callTool(jobOutput, { job, ...more }, by);
  if (!data) throw new Error('There is no output.');
  return data;
};

/** With all of its group, at once. */
function killed(job: string): void {
  const pid = pidOf(job);
  if (pid !== undefined && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(job)) process.kill(-pid, 'SIGKILL');
}

/** Undefined when it has ended. */
function pidOf(job: string): number | undefined {
  const file = join(folderOf(job), 'process');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0;
  return isAlive(pid) ? pid : undefined;
}

async function becomes(what: string, isSo: () => boolean): Promise<void> {
  for (const until = Date.now() + 20_000; !isSo(); await delay(5))
    if (Date.now() > until) throw new Error(`${what} has not come.`);
}

/** Looks at the files, which costs no processes. */
async function ended(job: string): Promise<Job> {
  await becomes('the end of the job', () => existsSync(join(folderOf(job), 'exit')));
  const [found] = (await callTool(jobStatus, { job }, context)).data?.jobs ?? [];
  if (!found) throw new Error('There is no such job.');
  return found;
}

const saidIn = (job: string) => {
  const file = join(folderOf(job), `stdout.${'0'.repeat(15)}`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const said = (job: string, text: string) => becomes(text, () => saidIn(job).includes(text));

/** As one that has ended so many seconds ago, without a process of its own. */
function plantEnded(id: string, owner: string, secondsAgo: number): string {
  const now = Math.floor(Date.now() / 1_000);
  mkdirSync(folderOf(id), { recursive: true });
  const about = [
    `owner ${owner}`,
    'name old',
    'keep 24',
    `digest ${'0'.repeat(64)}`,
    `started ${now - secondsAgo - 1}`,
  ];
  writeFileSync(join(folderOf(id), 'about'), `${about.join('\n')}\n`);
  writeFileSync(join(folderOf(id), 'exit'), `0 ${now - secondsAgo}\n`);
  return id;
}

describe.each(USERLANDS)('jobs with %s', (...used) => {
  useUserland(used);

  it('tell how they ended, keep stdout and stderr apart, and are seen by nobody else on the server', async () => {
    const job = await start(`echo "$GREETING"; pwd; umask; echo err >&2; exit 7`, {
      env: { GREETING: `it's $(id)` },
      cwd: '/tmp',
      name: 'greet',
    });
    expect(await ended(job)).toMatchObject({ job, name: 'greet', state: 'exited', exit_code: 7, keep_hours: 24 });
    const { stdout, stderr } = await read(job);
    const umask = (await context.exec(sh`umask`)).stdout;
    expect([stdout.text, stderr.text]).toEqual([`it's $(id)\n/tmp\n${umask}`, 'err\n']);
    expect(statSync(folderOf(job)).mode & 0o777).toBe(0o700);
  });

  it('go on after the call in a session of their own, and are stopped with all of their group', async () => {
    const job = await start(`${GOES_ON} > /dev/null 2>&1 & echo $!; ${GOES_ON}`);
    await said(job, '\n');
    const [running] = await list();
    expect(running).toMatchObject({ job, state: 'running', exit_code: null, ended: null });
    const stat = readFileSync(`/proc/${running?.pid}/stat`, 'utf8').split(' ');
    expect([Number(stat[4]), Number(stat[5])]).toEqual([running?.pid, running?.pid]);
    expect(await stop(job)).toMatchObject({ was_running: true, job: { state: 'stopped' } });
    expect(isAlive(Number(saidIn(job)))).toBe(false);
    expect(await stop(job)).toMatchObject({ was_running: false, job: { state: 'stopped' } });
  });

  it('are read on in whole lines from where an answer ended, and by a text', async () => {
    const wait = 'for i in $(seq 400); do [ ! -e "$HOME/go" ] || exit 0; sleep 0.05; done';
    const job = await start(`printf 'one\\ntwo\\nthree\\npart'; ${wait}`);
    await said(job, 'part');
    const first = await read(job, { stdout_from: 0, lines: 2 });
    expect(first.stdout).toMatchObject({ text: 'one\ntwo\n', next: 8, dropped: false });
    expect((await read(job, { stdout_from: 8 })).stdout).toMatchObject({ text: 'three\n', next: 14 });
    expect((await read(job, { stdout_from: 14 })).stdout).toMatchObject({ text: '', next: 14 });
    expect((await read(job, { stdout_from: 10 })).stdout.text).toBe('');
    expect((await read(job)).stdout).toMatchObject({ text: 'one\ntwo\nthree\npart', next: 14 });
    expect((await read(job, { grep: 't' })).stdout.text).toBe('two\nthree\n');
    writeFileSync(join(home, 'go'), '');
    await ended(job);
    expect((await read(job, { stdout_from: 14 })).stdout).toMatchObject({ text: 'part', next: 18 });
    rmSync(join(home, 'go'));
  });

  it('are read page by page however long their lines are, so that all comes once', async () => {
    const lines = ['short', 'x'.repeat(PAGE_BYTES * 1.5), 'y'.repeat(PAGE_BYTES - 10), 'z'.repeat(500), 'end'];
    writeFileSync(join(home, 'text'), lines.join('\n'));
    const job = await start('cat "$HOME/text"');
    await ended(job);
    const pages: number[] = [];
    for (let from = 0, last = -1; from !== last; pages.push(from)) {
      last = from;
      from = (await read(job, { stdout_from: from, lines: 2_000 })).stdout.next;
    }
    const ends = lines.map((_, at) => lines.slice(0, at + 1).join('\n').length + Number(at < lines.length - 1));
    expect(pages.slice(0, -1)).toEqual([ends[0], ends[1], ends[2], ends[4]]);
  });

  it('of one caller are limited in number: others are let start, and what has ended first is forgotten', async () => {
    const one = as(ALICE, { mostJobs: 1 });
    const job = await start(GOES_ON, {}, one);
    await expect(start('true', {}, one)).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(readdirSync(join(home, '.servonaut/jobs'))).toEqual([job]);
    const others = plantEnded('f'.repeat(32), BOB, 9_000);
    const planted = Array.from({ length: KEPT_JOBS - 1 }, (_, at) =>
      plantEnded(String(at).padStart(32, '0'), ALICE, at === 7 ? 5_000 : 100 + at),
    );
    const another = await start('true');
    const left = [job, another, others, ...planted.filter((_, at) => at !== 7)];
    expect(readdirSync(join(home, '.servonaut/jobs')).toSorted()).toEqual(left.toSorted());
    await ended(another);
  });

  it('are forgotten keep_hours after their end, and after they were missed where nobody saw it', async () => {
    const [old, kept, lost] = ['1', '2', '3'].map((digit, at) =>
      plantEnded(digit.repeat(32), ALICE, [90_000, 80_000, 200_000][at] ?? 0),
    ) as [string, string, string];
    rmSync(join(folderOf(lost), 'exit'));
    const job = await start('true');
    await ended(job);
    const now = await list();
    expect(now.map((one) => one.job).toSorted()).toEqual([job, kept, lost].toSorted());
    expect(now.find((one) => one.job === lost)).toMatchObject({ state: 'lost', exit_code: null });
    expect(now.map((one) => one.job)).not.toContain(old);
  });
});

/** What does not depend on the programs of the server. */
describe('a job', () => {
  useUserland(USERLANDS[0] as Userland);

  it('ends in its own way when it is stopped, and what it says then is kept', async () => {
    const job = await start(`trap 'echo bye; exit 3' INT TERM; echo ready; for i in $(seq 200); do sleep 0.1; done`);
    await said(job, 'ready');
    expect(await stop(job)).toMatchObject({ job: { state: 'stopped', exit_code: 3 } });
    expect((await read(job)).stdout.text).toBe('ready\nbye\n');
  });

  it('is stopped when it heeds neither INT nor TERM', async () => {
    const job = await start(`trap '' INT TERM; echo ready; ${GOES_ON}; :`);
    await said(job, 'ready');
    expect(await stop(job)).toMatchObject({ was_running: true, job: { state: 'stopped' } });
  });

  it('is never mistaken for a process that has only its number', async () => {
    const [gone, other] = [await start('true'), await start(GOES_ON)];
    await ended(gone);
    const files = [gone, other].map((job) => join(folderOf(job), 'process')) as [string, string];
    const [, identity] = readFileSync(files[0], 'utf8').trim().split(' ');
    writeFileSync(files[0], `${pidOf(other)} ${identity}\n`);
    rmSync(join(folderOf(gone), 'exit'));
    expect((await list()).find(({ job }) => job === gone)).toMatchObject({ state: 'lost' });
    expect(await stop(gone)).toMatchObject({ was_running: false });
    expect(pidOf(other)).toBeDefined();
  });

  it('is lost when it was killed', async () => {
    const job = await start('echo ready; kill -9 0');
    await becomes('its end', () => pidOf(job) === undefined);
    expect(await list()).toMatchObject([{ job, state: 'lost', exit_code: null }]);
  });

  it('runs while it begins, and is lost when it has not begun', async () => {
    const [job, never] = [plantEnded('1'.repeat(32), ALICE, 0), plantEnded('2'.repeat(32), ALICE, 120)];
    for (const one of [job, never]) rmSync(join(folderOf(one), 'exit'));
    expect(await list()).toMatchObject([
      { job, state: 'running', pid: null },
      { job: never, state: 'lost' },
    ]);
  });

  it('is left out where what is written down of it is none', async () => {
    const job = plantEnded('1'.repeat(32), ALICE, 9);
    const file = join(folderOf(job), 'about');
    writeFileSync(file, readFileSync(file, 'utf8').replace('name old', 'name \u001b[2Jold'));
    expect(await list()).toEqual([]);
  });

  it('is there for whoever started it, and for the operator alone', async () => {
    const job = await start(GOES_ON);
    const other = as(BOB);
    expect(await list(other)).toEqual([]);
    for (const call of [
      callTool(jobStatus, { job }, other),
      callTool(jobOutput, { job }, other),
      callTool(stopJob, { job }, other),
    ])
      await expect(call).rejects.toMatchObject({ code: 'not_found' });
    expect(await list(as())).toMatchObject([{ job, state: 'running' }]);
  });

  it('that says a lot is kept with its newest output', async () => {
    const job = await start('yes 0123456789abcde | head -n 1060000; echo done');
    await ended(job);
    const { stdout, job: state } = await read(job, { stdout_from: 0, lines: 1 });
    expect(state.stdout_bytes).toBe(16_960_005);
    expect(stdout).toMatchObject({ text: '0123456789abcde\n', dropped: true });
    // Whether the first line that is kept is whole is not known.
    expect(stdout.next).toBe(8 * 1024 * 1024 + 2 * 16);
    expect((await read(job, { lines: 1 })).stdout).toMatchObject({ text: 'done\n', next: 16_960_005 });
  });

  it('is read on behind what is no text, which hides nothing of the other stream', async () => {
    const job = plantEnded('1'.repeat(32), ALICE, 9);
    writeFileSync(join(folderOf(job), `stdout.${'0'.repeat(15)}`), 'a\u0000b\n');
    writeFileSync(join(folderOf(job), `stderr.${'0'.repeat(15)}`), 'why\n');
    const { stdout, stderr } = await read(job, { stdout_from: 0 });
    expect([stdout, stderr]).toMatchObject([
      { text: 'ab\n', next: 4 },
      { text: 'why\n', next: 4 },
    ]);
  });

  it('shows no part of a line whose beginning is not kept', async () => {
    const job = plantEnded('1'.repeat(32), ALICE, 9);
    writeFileSync(join(folderOf(job), `stdout.${'8388608'.padStart(15, '0')}`), 'Q4vT-end-of-token\nwhole token\n');
    const texts = await Promise.all(
      [{}, { stdout_from: 0 }, { stdout_from: 8_388_608 }, { stdout_from: 8_388_610 }, { grep: 'token' }].map(
        async (choice) => (await read(job, choice)).stdout.text,
      ),
    );
    expect(texts).toEqual(Array(5).fill('whole token\n'));
  });

  it('whose leader was killed alone is stopped with what is left of it', async () => {
    const job = await start(`echo ready; ${GOES_ON}; echo more`);
    await said(job, 'ready');
    process.kill(pidOf(job) ?? 0, 'SIGKILL');
    await becomes('its end', () => pidOf(job) === undefined);
    expect(await list()).toMatchObject([{ job, state: 'running' }]);
    const group = Number.parseInt(readFileSync(join(folderOf(job), 'process'), 'utf8'), 10);
    expect(await stop(job)).toMatchObject({ was_running: true, job: { state: 'stopped' } });
    await becomes('the end of its group', () => !isGroupAlive(group));
  });

  it('is not written down, nor looked for, where another user of the server could change it', async () => {
    const jobs = join(home, '.servonaut/jobs');
    mkdirSync(jobs, { recursive: true });
    chmodSync(jobs, 0o777);
    const job = await start('true');
    await ended(job);
    expect(statSync(jobs).mode & 0o022).toBe(0);
    // Only root can give a folder away.
    if (process.getuid?.() !== 0) return;
    chownSync(folderOf(job), 12_345, 12_345);
    expect(await list(as())).toEqual([]);
    await expect(stop(job)).rejects.toMatchObject({ code: 'not_found' });
    chownSync(join(home, '.servonaut'), 12_345, 12_345);
    await expect(start('true')).rejects.toMatchObject({ message: expect.stringContaining('not of this account') });
    expect(readdirSync(jobs)).toEqual([job]);
  });

  it('goes on where no more of its output can be written', async () => {
    const small = as(ALICE, { shell: ['prlimit', '--fsize=4096', '/bin/sh'] });
    const job = await start('head -c 300000 /dev/zero && exit 4', {}, small);
    expect(await ended(job)).toMatchObject({ state: 'exited', exit_code: 4, stdout_bytes: 4_096 });
  });

  it('is read where head takes no 0, as on BSD', async () => {
    const programs = join(home, 'programs');
    mkdirSync(programs);
    const head = `#!/bin/sh\nfor one in "$@"; do [ "$one" != 0 ] || { echo 'illegal count' >&2; exit 1; }; done\nexec ${applets}/head "$@"\n`;
    writeFileSync(join(programs, 'head'), head, { mode: 0o755 });
    const onBsd = as(ALICE, { env: { HOME: home, PATH: `${programs}:${userland[2]}` } });
    const job = await start(`printf part; ${GOES_ON}`);
    await said(job, 'part');
    const { stdout, stderr } = await read(job, { stdout_from: 0 }, onBsd);
    expect([stdout, stderr]).toMatchObject([
      { text: '', next: 0 },
      { text: '', next: 0 },
    ]);
    expect((await read(job, { grep: 'p' }, onBsd)).stdout.text).toBe('');
  });
});

function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
