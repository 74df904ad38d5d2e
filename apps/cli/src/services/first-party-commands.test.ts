import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FIRST_PARTY_TOOLS } from '@servonaut/contracts';
import { TOOLS as CHECK_STATUS } from '@servonaut/plugin-check-status';
import { TOOLS as FILES } from '@servonaut/plugin-files';
import { TOOLS as DISK_USAGE } from '@servonaut/plugin-disk-usage';
import { TOOLS as FLEET_HEALTH } from '@servonaut/plugin-fleet-health';
import { TOOLS as GET_LOGS } from '@servonaut/plugin-get-logs';
import { TOOLS as GET_SERVER_INFO } from '@servonaut/plugin-get-server-info';
import { TOOLS as SERVICES } from '@servonaut/plugin-services';
import { TOOLS as PROCESSES } from '@servonaut/plugin-processes';
import { TOOLS as CONTAINERS } from '@servonaut/plugin-containers';
import { TOOLS as JOBS } from '@servonaut/plugin-jobs';
import { TOOLS as LIST_SERVERS } from '@servonaut/plugin-list-servers';
import { TOOLS as READ_OUTPUT } from '@servonaut/plugin-read-output';
import { TOOLS as RUN_COMMAND } from '@servonaut/plugin-run-command';
import { TOOLS as TRANSFER_FILE } from '@servonaut/plugin-transfer-file';
import type { AnyTool, ExecResult, ShellCommand, ToolContext } from '@servonaut/plugin-sdk';
import { withLocalSftp } from '@servonaut/plugin-sdk/sftp';
import { temporaryFolder } from '@servonaut/testkit';
import { DEFAULT_POLICY } from '../policy/default-policy.ts';
import type { CalledCommand } from '../policy/policy.ts';
import { StandingPolicy } from '../policy/standing-policy.ts';
import type { AskedCall } from './asked-call.ts';
import { CommandCheck } from './command-check.ts';

const TOOLS = [
  CHECK_STATUS,
  CONTAINERS,
  PROCESSES,
  SERVICES,
  DISK_USAGE,
  FILES,
  FLEET_HEALTH,
  GET_LOGS,
  GET_SERVER_INFO,
  JOBS,
  LIST_SERVERS,
  READ_OUTPUT,
  RUN_COMMAND,
  TRANSFER_FILE,
].flat();
const policy = new StandingPolicy(DEFAULT_POLICY);

const ASKED = { effect: 'privileged', server: null, principal: undefined, now: new Date() } as const;

const PATH = `/var/log/it's "$(id)" \\ x.log`;
const JOB = '0123456789abcdef'.repeat(2);
/** Every way in which the script of a tool differs by its arguments. */
const CALLS: readonly [tool: string, input: Record<string, unknown>][] = [
  ['check_status', {}],
  ['disk_usage', {}],
  ['disk_usage', { path: PATH, depth: 2, most: 5 }],
  ['fleet_health', {}],
  ['get_server_info', {}],
  ['get_logs', { path: '/var/log/syslog' }],
  ['get_logs', { path: PATH }],
  ['get_logs', { path: '/etc/../var/log/syslog', grep: `-e "it's" $(id)`, lines: 7 }],
  ['get_logs', { path: `${PATH}.gz`, summarize: true }],
  ['get_logs', { path: `${PATH}.zst`, grep: 'x' }],
  ['get_logs', { path: PATH, since: '2 hours ago', grep: 'x' }],
  ['get_logs', { path: PATH, until: '2 hours ago', level: 'error' }],
  ['get_logs', { pod: 'web', until: '2 hours ago', grep: 'x' }],
  ['get_logs', { unit: 'nginx' }],
  ['get_logs', { unit: 'nginx', summarize: true }],
  ['get_logs', { path: PATH, level: 'error', grep: 'x' }],
  ['get_logs', { unit: 'nginx', until: 'today', level: 'warning' }],
  ['get_logs', { container: 'shop', since: '2 hours ago', level: 'error' }],
  ['get_logs', { container: 'shop', summarize: true }],
  ['get_logs', { pod: 'deploy/web', namespace: 'prod', container: 'app', grep: 'x' }],
  ['get_logs', { unit: 'ssh@1.service', since: '2026-11-22T10:00:00Z', grep: 'x', lines: 7 }],
  ['list_directory', { path: PATH }],
  ['list_directory', { path: '/etc/', depth: 3, sort: 'size', most: 7 }],
  ['read_file', { path: PATH }],
  ['read_file', { path: '/etc/hosts', from_line: 5, lines: 7 }],
  ['read_file', { path: '/etc/../etc/hosts', encoding: 'base64' }],
  ['service_status', { name: 'ssh@1.service' }],
  ['service_control', { name: 'nginx', action: 'restart' }],
  ['service_control', { name: 'nginx', action: 'enable', sudo: true }],
  ['service_control', { name: 'nginx', action: 'disable' }],
  ['list_processes', { sort: 'memory', filter: PATH }],
  ['job_status', {}],
  ['job_status', { job: JOB }],
  ['job_output', { job: JOB }],
  ['stop_job', { job: JOB, grace_seconds: 9 }],
  ['list_containers', {}],
  ['list_containers', { filter: PATH, runtime: 'podman' }],
  ['container_logs', { container: 'web', lines: 7 }],
  ['container_logs', { container: 'web', since: '10m', grep: `-e "it's" $(id)`, runtime: 'docker' }],
  ['run_command', { command: 'ls -l' }],
  ['run_command', { command: 'ls -l', cwd: PATH }],
  ['run_command', { command: 'touch a\ntouch b', cwd: '/srv/app' }],
  ['run_command', { command: 'ls -l', cwd: PATH, env: { TZ: `UTC'"$(id)` }, stdin: 'x' }],
  ['run_command', { command: 'ls -l', env: { PATH: '/tmp' } }],
  ['run_command', { command: 'systemctl restart nginx', cwd: '/srv' }],
  ...[PATH, '/srv/app/x', '/home/a/.ssh/config', '/home/x', '/etc/nginx/a', '/etc/sudoers', '/boot/x', '/x'].flatMap(
    (path): [string, Record<string, unknown>][] => [
      ['write_file', { path, content: 'x' }],
      ['write_file', { path, content: '', mode: 'append', if_digest: 'a'.repeat(64), permissions: '600' }],
      ['write_file', { path, content: '', mode: 'create', sudo: true }],
    ],
  ),
];

const toolNamed = (name: string): AnyTool => {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`There is no tool ${name}.`);
  return tool;
};

/** What the tool would run first; it gets no answer. */
async function commandOf(
  tool: AnyTool,
  input: Record<string, unknown>,
  rest: Partial<ToolContext> = {},
): Promise<string> {
  let text = '';
  const stop = new Error('That is all that was to be known.');
  const exec = async (command: ShellCommand): Promise<never> => {
    text = command.text;
    throw stop;
  };
  const context = { server: { name: 'web-1', labels: {} }, exec, ...rest } as unknown as ToolContext;
  await Promise.resolve(tool.run(tool.input.parse(input), context)).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
  return text;
}

describe('what a first-party tool runs', () => {
  it.each(CALLS)('%s %j is no more than was decided about', async (name, input) => {
    const tool = toolNamed(name);
    const [asked] = tool.commands?.(tool.input.parse(input)) ?? [];
    const decided = asked ? policy.classOf(asked.text).class : tool.effect;
    const found = policy.classOf(await commandOf(tool, input));
    expect([found.class, found.reason]).toEqual([decided, found.reason]);
  });

  it.each(['download', 'upload'])('is reading where transfer_file looks what has arrived (%s)', async (direction) => {
    const folder = await temporaryFolder();
    for (const name of ['up', 'file']) writeFileSync(join(folder, name), name);
    const remote = join(folder, direction === 'download' ? 'file' : 'new');
    const text = await commandOf(
      toolNamed('transfer_file'),
      { direction, remote, ...(direction === 'upload' && { local: 'up' }) },
      {
        servers: [{ name: 'web-1', labels: {} }],
        signal: new AbortController().signal,
        progress: () => undefined,
        sftp: withLocalSftp,
        transferFolder: folder,
      },
    );
    expect([policy.classOf(text).class, text]).toEqual(['read-only', expect.stringContaining('sha256sum')]);
  });

  it.each([{}, { grep: `-e "it's" $(id)`, since: '2 hours ago' }, { until: '2 hours ago', level: 'error' }])(
    'is reading where get_logs goes on with rotated files (%j)',
    async (choice) => {
      const texts: string[] = [];
      const exec: ToolContext['exec'] = async ({ text }) => {
        texts.push(text);
        const stderr = ['.1', '.2.gz', '.3.zst', '-20261101.xz'].map(
          (suffix) => `rotated 9999999999 ${PATH}${suffix}\n`,
        );
        return { exitCode: texts.length === 1 ? 91 : 81, stdout: '', stderr: stderr.join('') } as ExecResult;
      };
      const { input, run } = toolNamed('get_logs');
      const context = { server: { name: 'web-1', labels: {} }, exec } as ToolContext;
      await expect(Promise.resolve(run(input.parse({ path: PATH, ...choice }), context))).rejects.toThrow('no file');
      expect(texts[1]).toContain('.2.gz');
      expect(texts.map((text) => policy.classOf(text).class)).toEqual(['read-only', 'read-only']);
    },
  );

  it.each([{}, { stdout_from: 0 }, { stdout_from: 40_000, stderr_from: 7, lines: 3 }, { grep: `-e "it's" $(id)` }])(
    'is reading where job_output shows what was written (%j)',
    async (choice) => {
      const files = ['stdout.000000000000000', 'stderr.000000000000000'].map((name) => `file 90000 /j/${JOB}/${name}`);
      const about = [`job /j/${JOB}`, 'owner -', 'name x', 'keep 24', `digest ${'0'.repeat(64)}`, 'started 1790000000'];
      const state = Buffer.from(['clock 1790000001', ...about, ...files, ''].join('\n'));
      const texts: string[] = [];
      const exec: ToolContext['exec'] = async ({ text }, { consume } = {}) => {
        texts.push(text);
        await consume?.(state);
        return { exitCode: 0, stdout: '0\n', stderr: '0\n' } as ExecResult;
      };
      const { input, run } = toolNamed('job_output');
      await run(input.parse({ job: JOB, ...choice }), { server: { name: 'web-1', labels: {} }, exec } as ToolContext);
      const found = texts.map((text) => policy.classOf(text));
      expect(found.map((one) => [one.class, one.reason])).toEqual(found.map(({ reason }) => ['read-only', reason]));
    },
  );

  it.each([
    ['ls -l', 'mutating', true],
    ['touch a', 'mutating', true],
    ['reboot', 'privileged', true],
    ['touch a', 'mutating', false],
  ])('is for start_job what the policy has read: %s, %s, named: %s', async (command, worst, isNamed) => {
    const tool = toolNamed('start_job');
    const input = { command, cwd: '/srv/app', env: { TZ: `UTC'"$(id)` } };
    const commands = tool.commands?.(tool.input.parse(input)) as CalledCommand[];
    expect(policy.decide({ ...ASKED, tool: tool.name, input, commands }).class).toBe(worst);
    const text = await commandOf(tool, isNamed ? input : { ...input, command: 'id' }, {
      caller: 'a'.repeat(64),
      mostJobs: 3,
    });
    const asked = { tool, commands, decision: { class: worst } } as unknown as AskedCall;
    const check = () => new CommandCheck(policy).check(text, false, asked);
    if (isNamed) expect(check).not.toThrow();
    else expect(check).toThrow('tool.effect');
  });

  it('is tried for every one that runs anything', () => {
    const withoutCommands = [
      'cloud_instance_control',
      'list_cloud_instances',
      'list_servers',
      'read_output',
      'start_job',
      'transfer_file',
    ];
    const tried = new Set(CALLS.map(([name]) => name));
    const untried = FIRST_PARTY_TOOLS.map(({ name }) => name).filter((name) => !tried.has(name));
    expect(untried.toSorted()).toEqual(withoutCommands);
  });
});
