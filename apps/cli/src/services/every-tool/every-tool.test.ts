import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommandResult } from '@servonaut/contracts';
import { findProgram, unlessMissing, waitFor } from '@servonaut/testkit';
import { CallsByHand } from '../calls-by-hand.ts';
import { firstPartyTools } from './testing/first-party-tools.ts';
import { TwoServers, type Side } from './testing/two-servers.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const LOG = `2026-11-22T10:00:00Z INFO request 17 took 3 ms
2026-11-22T10:00:01Z INFO request 18 took 4 ms
2026-11-22T10:00:02Z ERROR out of memory
`;
const JOB_RUNS = { signal: new AbortController().signal, timeoutMs: 20_000 };

let world: TwoServers;

/** The file `name` of the server, with this in it; where the server has it. */
function put(side: Side, name: string, content: string | Buffer): string {
  const path = join(side.folder, name);
  writeFileSync(side.onDisk(path), content, { mode: 0o666 });
  return path;
}

const kept = (side: Side, path: string): string => readFileSync(side.onDisk(path), 'utf8');

async function succeeds(side: Side, tool: string, payload: object = {}): Promise<CommandResult> {
  const result = await world.call(tool, side.name, payload);
  expect(result).toMatchObject({ status: 'success' });
  return result;
}

async function refuses(side: Side, tool: string, payload: object, code: string, words: RegExp): Promise<void> {
  const result = await world.call(tool, side.name, payload);
  expect(result).toMatchObject({ error_code: code, error_message: expect.stringMatching(words) });
}

async function jobOf(side: Side, command: string): Promise<string> {
  const { data } = await succeeds(side, 'start_job', { command, name: 'nightly', cwd: side.folder });
  return (data as { job: string }).job;
}

/** Where the machine of the tests may have a runtime, or an init of its own, all that is asked is that it says so in one of the ways that there are. */
const MISSING: Readonly<Record<string, RegExp>> = {
  container: /^There is no docker, podman or nerdctl on busybox/,
  service: /^Nothing on busybox is known to supervise services/,
};

async function tellsOfNone(side: Side, tool: string, payload: object, kind: string): Promise<void> {
  const words = MISSING[kind] ?? /^$/;
  if (side.isBusyboxAlone) return refuses(side, tool, payload, 'not_found', words);
  const result = await world.call(tool, side.name, payload);
  expect(result.error_code ?? 'the program says so').toMatch(/^(?:not_found|the program says so)$/);
}

/** What each tool answers on a server, held against what is there. */
const CASES: Readonly<Record<string, (side: Side) => Promise<void>>> = {
  list_servers: async () => {
    const { data } = await world.call('list_servers', null, { filter: 'label:userland' });
    expect(data).toMatchObject({ total: 2, servers: [{ name: 'debian' }, { name: 'busybox' }] });
  },
  get_server_info: async (side) => {
    const { data } = await succeeds(side, 'get_server_info');
    expect(data).toMatchObject({ kernel: expect.stringContaining(release()), cpus: cpus().length });
    expect((data as { arch: string }).arch).toBe(arch() === 'x64' ? 'x86_64' : 'aarch64');
    if (side.isBusyboxAlone) expect(data).toMatchObject({ os: 'Busybox alone 1' });
  },
  check_status: async (side) => {
    expect((await succeeds(side, 'check_status')).data).toMatchObject({ reachable: true, cpus: cpus().length });
  },
  fleet_health: async (side) => {
    const { data } = await succeeds(side, 'fleet_health');
    expect(data).toMatchObject({ reachable: true, score: expect.any(Number), memory_percent: expect.any(Number) });
  },
  run_command: async (side) => {
    const command = `pwd; cat; printf '%s\\n' "$GREETING"; echo oh >&2; exit 3`;
    const call = { command, cwd: side.folder, env: { GREETING: `it's "me"` }, stdin: 'read\n' };
    const result = await world.call('run_command', side.name, call);
    expect(result).toMatchObject({ stdout: `${side.folder}\nread\nit's "me"\n`, stderr: 'oh\n', exit_code: 3 });
  },
  get_logs: async (side) => {
    const path = put(side, 'app.log', LOG);
    expect((await succeeds(side, 'get_logs', { path, lines: 1 })).stdout).toBe(
      '2026-11-22T10:00:02Z ERROR out of memory\n',
    );
    const old = put(side, 'old.log.gz', gzipSync(LOG));
    expect((await succeeds(side, 'get_logs', { path: old, grep: 'request 18' })).stdout).toContain('took 4 ms');
    const { data } = await succeeds(side, 'get_logs', { path, summarize: true });
    expect(data).toMatchObject({
      lines: 3,
      templates: expect.arrayContaining([expect.objectContaining({ count: 2 })]),
    });
  },
  read_file: async (side) => {
    const path = put(side, 'read.conf', 'one\ntwo\nthree\n');
    expect((await succeeds(side, 'read_file', { path, from_line: 2, lines: 1 })).data).toMatchObject({
      content: 'two\n',
      next_line: 3,
      size: 14,
      sha256: sha256('one\ntwo\nthree\n'),
    });
    await refuses(side, 'read_file', { path: `${path}.gone` }, 'not_found', /gone/);
  },
  list_directory: async (side) => {
    mkdirSync(side.onDisk(join(side.folder, 'names')));
    for (const name of ['plain', ' a b\n$(id)', '.hidden']) put(side, `names/${name}`, 'x');
    const { data } = await succeeds(side, 'list_directory', { path: join(side.folder, 'names') });
    expect((data as { entries: { name: string }[] }).entries).toMatchObject([
      { name: expect.stringContaining('a b'), size: 1, escaped: true },
      { name: '.hidden' },
      { name: 'plain', kind: 'file' },
    ]);
  },
  write_file: async (side) => {
    const path = join(side.folder, 'written.conf');
    await succeeds(side, 'write_file', { path, content: `it's "new"\n`, permissions: '640' });
    expect([kept(side, path), statSync(side.onDisk(path)).mode & 0o777]).toEqual([`it's "new"\n`, 0o640]);
    await refuses(side, 'write_file', { path, content: 'x', if_digest: sha256('other') }, 'conflict', /./);
    await succeeds(side, 'write_file', { path, content: 'more\n', mode: 'append' });
    expect(kept(side, path)).toBe(`it's "new"\nmore\n`);
  },
  disk_usage: async (side) => {
    mkdirSync(side.onDisk(join(side.folder, 'big')));
    put(side, 'big/file', Buffer.alloc(300_000, 1));
    const { data } = await succeeds(side, 'disk_usage', { path: side.folder });
    const { disks, folders } = data as {
      disks: { mount: string }[];
      folders: { rows: { path: string; bytes: number }[] };
    };
    expect(disks.map(({ mount }) => mount)).toContain('/');
    const big = folders.rows.find(({ path }) => path === join(side.folder, 'big'));
    expect(big?.bytes).toBeGreaterThanOrEqual(300_000);
  },
  service_status: (side) => tellsOfNone(side, 'service_status', { name: 'servonaut-none' }, 'service'),
  service_control: (side) =>
    tellsOfNone(side, 'service_control', { name: 'servonaut-none', action: 'restart' }, 'service'),
  list_processes: async (side) => {
    const { data } = await succeeds(side, 'list_processes', { filter: 'sshd', most: 500 });
    const { processes } = data as { processes: { command: string; memory_bytes: number }[] };
    expect(processes.map(({ command }) => command).join('\n')).toContain('sshd');
    expect(Math.max(...processes.map(({ memory_bytes: bytes }) => bytes))).toBeGreaterThan(0);
  },
  list_containers: (side) => tellsOfNone(side, 'list_containers', { filter: 'servonaut-none' }, 'container'),
  container_logs: (side) => tellsOfNone(side, 'container_logs', { container: 'servonaut-none' }, 'container'),
  transfer_file: async (side) => {
    const bytes = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, at) => at * 2_654_435_761).buffer);
    mkdirSync(world.transfers, { recursive: true });
    writeFileSync(join(world.transfers, 'up.bin'), bytes);
    const remote = join(side.folder, 'up.bin');
    const up = { direction: 'upload', local: 'up.bin', remote, mode: '0600' };
    expect((await succeeds(side, 'transfer_file', up)).data).toMatchObject({
      sha256: sha256(bytes),
      bytes: bytes.length,
    });
    expect(readFileSync(side.onDisk(remote)).equals(bytes)).toBe(true);
    const { data } = await succeeds(side, 'transfer_file', { direction: 'download', remote });
    expect(data).toMatchObject({ sha256: sha256(bytes), local: `${side.name}/up.bin` });
    expect(readFileSync(join(world.transfers, side.name, 'up.bin')).equals(bytes)).toBe(true);
  },
  start_job: async (side) => {
    const job = await jobOf(side, 'echo begun >started; cat');
    await waitFor(() => ended(side, job), { what: 'the end of the job' });
    expect(kept(side, join(side.folder, 'started'))).toBe('begun\n');
  },
  job_status: async (side) => {
    const job = await jobOf(side, 'exit 3');
    await waitFor(() => ended(side, job), { what: 'the end of the job' });
    const { data } = await succeeds(side, 'job_status', { job });
    expect(data).toMatchObject({ jobs: [{ job, name: 'nightly', state: 'exited', exit_code: 3 }] });
  },
  job_output: async (side) => {
    const job = await jobOf(side, 'echo one; echo two; echo bad >&2');
    await waitFor(() => ended(side, job), { what: 'the end of the job' });
    const { data } = await succeeds(side, 'job_output', { job, grep: 'o' });
    expect(data).toMatchObject({ stdout: { text: 'one\ntwo\n' }, job: { exit_code: 0 } });
    expect((await succeeds(side, 'job_output', { job })).data).toMatchObject({ stderr: { text: 'bad\n' } });
  },
  stop_job: async (side) => {
    const job = await jobOf(side, 'sleep 600');
    const { data } = await succeeds(side, 'stop_job', { job });
    expect(data).toMatchObject({ was_running: true, job: { state: 'stopped' } });
  },
  read_output: async (side) => {
    const { request_id: request } = await succeeds(side, 'run_command', { command: 'seq 1 20000' });
    const { data } = await succeeds(side, 'read_output', { request_id: request, grep: '19999' });
    expect(data).toMatchObject({ matches: 1, text: expect.stringContaining('19999') });
  },
  list_cloud_instances: async () => {
    expect((await world.call('list_cloud_instances', null)).data).toMatchObject({ instances: [], left_out: 0 });
  },
  cloud_instance_control: async () => {
    const result = await world.call('cloud_instance_control', null, { name: 'web-1', action: 'start' });
    expect(result).toMatchObject({ error_code: 'approval_unavailable' });
  },
};

async function ended({ name }: Side, job: string): Promise<boolean> {
  const { data } = await world.call('job_status', name, { job });
  return (data as { jobs: { state: string }[] }).jobs[0]?.state !== 'running';
}

/** A tool that is new fails here until `CASES` has one for it. */
function caseOf(tool: string): (side: Side) => Promise<void> {
  const found = CASES[tool];
  if (found) return found;
  throw new Error(`There is no case for ${tool}. Say in CASES of every-tool.test.ts what it answers on a server.`);
}

const TOOLS = (await firstPartyTools()).map(({ name }) => name);

unlessMissing(describe, findProgram('busybox') ? undefined : 'busybox')('every tool on real servers', () => {
  beforeAll(async () => {
    world = await TwoServers.start();
  });
  afterAll(() => world.stop());

  describe.each(['debian', 'busybox'] as const)('with the programs of %s', (name) => {
    it.each(TOOLS)('%s', (tool) => caseOf(tool)(world.sides[name]));
  });

  it('answers for each of several servers, of which one cannot be reached', async () => {
    const asked = { ...JOB_RUNS, tool: 'run_command', payload: { command: 'echo "$((6 * 7))"' } };
    const calls = new CallsByHand({ tools: world.tools, audit: world.audit.calls }, asked);
    const pace = { atOnce: 3, stopsOnError: false };
    const ends = await calls.on(['debian', 'gone', 'busybox'], {
      kind: 'several',
      terms: [],
      pace,
      onEnd: () => undefined,
    });
    expect(ends.map(({ server, result }) => [server, result.stdout ?? result.error_code])).toEqual([
      ['debian', '42\n'],
      ['gone', 'server_unreachable'],
      ['busybox', '42\n'],
    ]);
  });
});
