import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sh, type ToolContext } from '@servonaut/plugin-sdk';
import { callTool, injectionStrings, localContext, type LocalContextOptions } from '@servonaut/plugin-sdk/testing';
import { jobOutput } from './job-output.tool.ts';
import { jobStatus } from './job-status.tool.ts';
import type { Job } from './job-state.ts';
import { startJob } from './start-job.tool.ts';
import { stopJob } from './stop-job.tool.ts';

const BUSYBOX = '/usr/bin/busybox';
const ALICE = 'a'.repeat(64);
const applets = mkdtempSync(join(tmpdir(), 'servonaut-applets-'));
if (existsSync(BUSYBOX)) execFileSync(BUSYBOX, ['--install', '-s', applets]);
afterAll(() => rmSync(applets, { recursive: true, force: true }));

const USERLANDS: readonly [string, Pick<LocalContextOptions, 'shell'>, string][] = [
  ['the programs of this machine', {}, process.env['PATH'] ?? ''],
  ...(existsSync(BUSYBOX) ? [['busybox', { shell: [BUSYBOX, 'sh'] }, applets] as const] : []),
] as never;

describe.each(USERLANDS)('jobs with %s', (_name, shell, path) => {
  let home: string;
  let context: ToolContext;
  const as = (caller?: string) =>
    localContext({ ...shell, env: { HOME: home, PATH: path }, ...(caller !== undefined && { caller }) });

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'servonaut-jobs-'));
    context = as(ALICE);
  });
  afterEach(async () => {
    for (const { job, state } of await list(as())) if (state === 'running') await stop(job);
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  });

  const start = async (command: string, more: Record<string, unknown> = {}) =>
    (await callTool(startJob, { command, ...more }, context)).data?.job ?? '';
  const stop = async (job: string) => (await callTool(stopJob, { job, grace_seconds: 1 }, as())).data;
  const list = async (by = context): Promise<Job[]> => (await callTool(jobStatus, {}, by)).data?.jobs ?? [];
  const read = async (job: string, more: Record<string, unknown> = {}) => {
    const { data } = await callTool(jobOutput, { job, ...more }, context);
    if (!data) throw new Error('There is no output.');
    return data;
  };
  const ended = async (job: string, mostMs = 10_000): Promise<Job> => {
    for (const until = Date.now() + mostMs; Date.now() < until; await delay(20)) {
      const found = (await callTool(jobStatus, { job }, context)).data?.jobs[0];
      if (found && found.state !== 'running') return found;
    }
    throw new Error('The job has not ended.');
  };
  const said = async (job: string, text: string): Promise<void> => {
    for (const until = Date.now() + 10_000; Date.now() < until; await delay(20))
      if ((await read(job)).stdout.text.includes(text)) return;
    throw new Error(`The job has not said ${text}.`);
  };
  const folderOf = (job: string) => join(home, '.servonaut/jobs', job);

  it('tells how a job ended, and keeps stdout and stderr apart', async () => {
    const job = await start(`echo "$GREETING"; pwd; echo err >&2; exit 7`, {
      env: { GREETING: `it's $(id)` },
      cwd: '/tmp',
      name: 'greet',
    });
    expect(await ended(job)).toMatchObject({ job, name: 'greet', state: 'exited', exit_code: 7, keep_hours: 24 });
    const { stdout, stderr } = await read(job);
    expect([stdout.text, stderr.text]).toEqual([`it's $(id)\n/tmp\n`, 'err\n']);
  });

  it('answers while the job goes on, in a session of its own, and stops all of its group', async () => {
    const job = await start('sleep 600 > /dev/null 2>&1 & echo $!; sleep 600');
    await said(job, '\n');
    const child = Number((await read(job)).stdout.text);
    const [running] = await list();
    expect(running).toMatchObject({ job, state: 'running', exit_code: null, ended: null });
    const stat = readFileSync(`/proc/${running?.pid}/stat`, 'utf8').split(' ');
    expect([Number(stat[4]), Number(stat[5])]).toEqual([running?.pid, running?.pid]);
    expect(await stop(job)).toMatchObject({ was_running: true, job: { state: 'stopped' } });
    expect(isAlive(child)).toBe(false);
    expect(await stop(job)).toMatchObject({ was_running: false, job: { state: 'stopped' } });
  });

  it('stops a job that heeds neither INT nor TERM', async () => {
    const job = await start(`trap '' INT TERM; echo ready; while :; do sleep 600; done`);
    await said(job, 'ready');
    expect(await stop(job)).toMatchObject({ was_running: true, job: { state: 'stopped' } });
  });

  it('lets a job end in its own way when it is stopped, and keeps what it says then', async () => {
    const job = await start(`trap 'echo bye; exit 3' INT TERM; echo ready; while :; do sleep 0.1; done`);
    await said(job, 'ready');
    expect(await stop(job)).toMatchObject({ job: { state: 'stopped', exit_code: 3 } });
    expect((await read(job)).stdout.text).toBe('ready\nbye\n');
  });

  it('never signals a process that has only the number of the job', async () => {
    const job = await start('exec sleep 600');
    const file = join(folderOf(job), 'process');
    const [pid, identity] = readFileSync(file, 'utf8').trim().split(' ');
    writeFileSync(file, `${pid} ${identity}0\n`);
    expect(await list()).toMatchObject([{ state: 'lost' }]);
    expect(await stop(job)).toMatchObject({ was_running: false });
    expect(isAlive(Number(pid))).toBe(true);
    writeFileSync(file, `${pid} ${identity}\n`);
  });

  it('reads on in whole lines from where an answer ended, and finds lines by a text', async () => {
    const job = await start(`printf 'one\\ntwo\\nthree\\npart'; sleep 600`);
    await said(job, 'part');
    const first = await read(job, { stdout_from: 0, lines: 2 });
    expect(first.stdout).toMatchObject({ text: 'one\ntwo\n', next: 8, dropped: false });
    expect((await read(job, { stdout_from: 8 })).stdout).toMatchObject({ text: 'three\n', next: 14 });
    expect((await read(job, { stdout_from: 14 })).stdout).toMatchObject({ text: '', next: 14 });
    expect((await read(job, { stdout_from: 10 })).stdout.text).toBe('');
    expect((await read(job)).stdout).toMatchObject({ text: 'one\ntwo\nthree\npart', next: 14 });
    expect((await read(job, { grep: 't' })).stdout.text).toBe('two\nthree\n');
    await stop(job);
    expect((await read(job, { stdout_from: 14 })).stdout).toMatchObject({ text: 'part', next: 18 });
  });

  it('keeps the newest output of a job that says a lot', async () => {
    const job = await start('yes 0123456789abcde | head -n 1060000; echo done');
    await ended(job, 60_000);
    const { stdout, job: state } = await read(job, { stdout_from: 0, lines: 1 });
    expect(state.stdout_bytes).toBe(16_960_005);
    expect(stdout).toMatchObject({ text: '0123456789abcde\n', dropped: true });
    expect(stdout.next).toBe(8 * 1024 * 1024 + 16);
    expect((await read(job, { lines: 1 })).stdout).toMatchObject({ text: 'done\n', next: 16_960_005 });
  });

  it('says that a job is lost when it was killed', async () => {
    const job = await start('echo ready; kill -9 0');
    expect(await ended(job)).toMatchObject({ state: 'lost', exit_code: null });
  });

  it('shows a job to whoever started it and to the operator alone', async () => {
    const job = await start('sleep 600');
    const other = as('b'.repeat(64));
    expect(await list(other)).toEqual([]);
    for (const call of [
      callTool(jobStatus, { job }, other),
      callTool(jobOutput, { job }, other),
      callTool(stopJob, { job }, other),
    ])
      await expect(call).rejects.toMatchObject({ code: 'not_found' });
    expect(await list(as())).toMatchObject([{ job, state: 'running' }]);
  });

  it('forgets what ended long ago when another job starts', async () => {
    const [old, kept] = [await start('true', { keep_hours: 1 }), await start('true', { keep_hours: 3 })];
    for (const job of [old, kept]) {
      await ended(job);
      writeFileSync(join(folderOf(job), 'exit'), `0 ${Math.floor(Date.now() / 1_000) - 7_200}\n`);
    }
    const job = await start('true');
    expect((await list()).map((one) => one.job).toSorted()).toEqual([kept, job].toSorted());
    await ended(job);
  });

  it('lets nobody else on the server look at a job', async () => {
    const job = await start('umask');
    await ended(job);
    const mode = execFileSync('stat', ['-c', '%a', folderOf(job)]).toString();
    expect(mode).toBe('700\n');
    expect((await read(job)).stdout.text).toBe((await context.exec(sh`umask`)).stdout);
  });

  it('runs nothing that is in another argument than the command', async () => {
    const trace = join(home, 'trace');
    for (const evil of injectionStrings(`touch ${trace}/RAN`, 60)) {
      for (const call of [
        () => callTool(startJob, { command: ':', name: evil }, context),
        () => callTool(jobStatus, { job: evil }, context),
        () => callTool(jobOutput, { job: evil }, context),
        () => callTool(stopJob, { job: evil }, context),
      ])
        await expect(call()).rejects.toThrow();
    }
    const job = await start('echo x');
    await ended(job);
    for (const evil of injectionStrings(`touch ${trace}/RAN`, 6))
      if (!evil.includes('\n')) await callTool(jobOutput, { job, grep: evil }, context);
    expect(readdirSync(home)).toEqual(['.servonaut']);
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
