import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CloudInstance, CloudInstances } from '@servonaut/plugin-sdk';

/** Calls by the name of their tool, of files in `folder`. */
export type ExampleCalls = (folder: string) => Readonly<Record<string, readonly object[]>>;

/** Id of a request of which something is kept. */
export const KEPT_REQUEST = '0190a0a0-0000-7000-8000-000000000001';
const JOB = '0123456789abcdef0123456789abcdef';
const UNCHANGED = 'size = 3\n';

const INSTANCE: CloudInstance = {
  name: 'web-1',
  source: 'aws',
  state: 'stopped',
  type: null,
  zone: 'eu-central-1a',
  labels: {},
  key: 'one',
};
/** Clouds with the instance that examples name. */
export const EXAMPLE_INSTANCES: CloudInstances = {
  list: async () => ({ instances: [INSTANCE], leftOut: 0, sources: ['aws'], failed: [] }),
  change: async () => undefined,
  state: async () => INSTANCE.state,
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Makes the files that the examples name, in `folder`. */
export function writeExampleFiles(folder: string): void {
  mkdirSync(join(folder, 'app/logs'), { recursive: true });
  mkdirSync(join(folder, 'transfers/web-1'), { recursive: true });
  const lines = '2026-11-22T10:00:00Z ERROR out of memory\n2026-11-22T10:00:01Z INFO well\n';
  writeFileSync(join(folder, 'app/logs/app.log'), lines);
  writeFileSync(join(folder, 'app/logs/old.log.gz'), gzipSync(lines));
  for (const name of ['settings', 'unchanged']) writeFileSync(join(folder, `app/${name}.conf`), UNCHANGED);
  writeFileSync(join(folder, 'transfers/build.bin'), 'x');
}

/** A job of the operator's that has ended, and no other, below the home folder `home`. */
export function writeExampleJob(home: string): void {
  const job = join(home, '.servonaut/jobs', JOB);
  rmSync(join(home, '.servonaut'), { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(job, { recursive: true });
  const about = ['owner -', 'name nightly', 'keep 24', `digest ${sha256(':')}`, 'started 1700000000', ''];
  writeFileSync(join(job, 'about'), about.join('\n'));
  writeFileSync(join(job, 'exit'), '0 1700000001\n');
  writeFileSync(join(job, 'stdout.0'), 'out of memory\n');
}

/** Of tools that name no files. */
const WITHOUT_FILES = {
  list_servers: [{ filter: 'web' }],
  get_server_info: [{}],
  check_status: [{}],
  fleet_health: [{}],
  service_status: [{ name: 'nginx' }],
  service_control: ['restart', 'enable'].map((action) => ({ name: 'nginx', action })),
  list_processes: [{ sort: 'cpu', filter: 'sh' }],
  list_containers: [{ filter: 'web', runtime: 'docker' }, {}],
  container_logs: [
    { container: 'web', since: '10m', runtime: 'docker' },
    { container: 'web', since: '10m', grep: 'memory' },
  ],
  job_status: [{ job: JOB }],
  job_output: [{ job: JOB, grep: 'o' }],
  stop_job: [{ job: JOB }],
  list_cloud_instances: [{ filter: 'web-*', source: 'aws', state: 'running' }],
  cloud_instance_control: [{ name: 'web-1', action: 'start', source: 'aws', zone: 'eu-central-1a', wait_seconds: 0 }],
  read_output: [{ request_id: KEPT_REQUEST, stream: 'stdout', grep: 'kept' }],
};

/**
 * Calls of each tool that run something on any machine, or are answered, in which each argument that is text is there at least once. The words of one call stand
 * for all others while hostile ones are tried in their place, so a tool has as many examples as it has ways through its script.
 */
export const exampleCalls: ExampleCalls = (folder) => {
  const log = join(folder, 'app/logs/app.log');
  const settings = join(folder, 'app/settings.conf');
  const narrow = { level: 'info', grep: 'o' };
  return {
    ...WITHOUT_FILES,
    run_command: [
      { command: ':', cwd: join(folder, 'app') },
      { command: 'cat >/dev/null', cwd: folder, env: { TZ: 'UTC' }, stdin: 'text' },
    ],
    get_logs: [
      { path: log },
      { path: log, level: 'error', grep: 'memory' },
      { path: join(folder, 'app/logs/old.log.gz'), grep: 'memory', summarize: true },
      { unit: 'nginx.service', since: '2026-11-22T10:00:00Z', until: '2026-11-22T11:00:00Z', ...narrow },
      { container: 'web', since: '2 hours ago', ...narrow },
      { pod: 'deploy/web', namespace: 'shop', container: 'web', since: '2 hours ago', ...narrow },
    ],
    read_file: [{ path: settings }, { path: settings, encoding: 'base64' }],
    list_directory: [{ path: join(folder, 'app') }, { path: join(folder, 'app'), depth: 2, sort: 'size' }],
    write_file: [
      { path: settings, content: 'size = 4\n' },
      { path: settings, content: 'size = 5\n', mode: 'append', permissions: '600' },
      { path: join(folder, 'app/unchanged.conf'), content: UNCHANGED, if_digest: sha256(UNCHANGED) },
    ],
    disk_usage: [{ path: join(folder, 'app') }],
    start_job: [{ command: ':', cwd: folder, env: { TZ: 'UTC' }, name: 'nightly' }],
    transfer_file: [
      { direction: 'download', remote: settings, local: 'web-1/settings.conf', overwrite: true },
      { direction: 'upload', remote: join(folder, 'app/build.bin'), local: 'build.bin', mode: '0600', overwrite: true },
    ],
  };
};
