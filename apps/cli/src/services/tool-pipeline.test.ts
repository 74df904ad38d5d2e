import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandResultSchema, ServonautError, type CommandResult } from '@servonaut/contracts';
import { defineTool, rawShell, sh, z, type AnyTool } from '@servonaut/plugin-sdk';
import { startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import { MemoryAudit } from '../local-audit/testing/memory-audit.ts';
import { DEFAULT_OUTPUT_SETTINGS } from '../output/output-settings.ts';
import { OutputStore } from '../output/output-store.ts';
import { PauseFile } from '../pause/pause-file.ts';
import { PauseSwitch } from '../pause/pause-switch.ts';
import { decidedAlways } from '../policy/testing/decided-always.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { ToolCall } from '../relay/tool-runner.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh/ssh-settings.ts';
import { ToolPipeline, type ToolPipelineParts } from './tool-pipeline.ts';

const about = { title: 'A test', description: 'For a test.', effect: 'mutating' } as const;
const run = defineTool({
  ...about,
  name: 'run',
  target: 'server',
  input: z.object({ command: z.string().min(1).describe('What to run.') }),
  run: async ({ command }, context) => ({
    exec: await context.exec(rawShell(command), { stream: true }),
  }),
});
const fail = defineTool({
  ...about,
  name: 'fail',
  target: 'executor',
  input: z.object({ how: z.enum(['stranger', 'known', 'data', 'server']).describe('How to fail.') }),
  data: z.object({ count: z.number().describe('How many.') }),
  run: async ({ how }, context) => {
    if (how === 'stranger') throw new Error('password=hunter2');
    if (how === 'known') throw new ServonautError('tool_failed', { message: 'The disk is full.' });
    if (how === 'server') await context.exec(sh`true`);
    return { output: 'done', data: { count: 'many' as unknown as number } };
  },
});
const reread = defineTool({
  ...about,
  name: 'reread',
  target: 'server',
  input: z.object({ id: z.string().describe('The request.') }),
  data: z.object({
    bytes: z.number().describe('How many are kept.'),
    start: z.string().describe('The first of them.'),
  }),
  run: async ({ id }, { outputs }) => {
    const { bytes, keptBytes } = await outputs.read(id, 'stdout', { offset: 0, length: 12 });
    return { data: { bytes: keptBytes, start: Buffer.from(bytes).toString() } };
  },
});
const list = defineTool({
  ...about,
  name: 'list',
  target: 'executor',
  input: z.object({}),
  data: z.object({ names: z.array(z.string()).describe('Names.') }),
  run: async (_, { servers }) => ({ output: 'listed', data: { names: servers.map(({ name }) => name) } }),
});

let sshd: TestSshd;
let inventory: Inventory;
let stateDir: string;
let shell: SshRemoteShell;
let pause: PauseSwitch;
const faults: unknown[] = [];

beforeAll(async () => {
  sshd = await startSshd();
  const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };
  const configDir = await temporaryFolder();
  stateDir = await temporaryFolder();
  await writeFile(join(configDir, 'servers.yaml'), 'servers:\n  - name: web-1\n    labels: { role: web }\n', {
    mode: 0o600,
  });
  inventory = await loadInventory({ configDir, account, sshConfigPath: sshd.sshConfigPath });
  shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS);
  pause = new PauseSwitch(new PauseFile(stateDir));
});
afterAll(async () => {
  pause.close();
  shell.close();
  await sshd.stop();
});

async function call(asked: Partial<ToolCall>, changes: Partial<ToolPipelineParts> = {}): Promise<CommandResult> {
  const tools = new Map<string, AnyTool>([run, fail, list, reread].map((tool: AnyTool) => [tool.name, tool]));
  const onFault = (_: string, error: unknown) => faults.push(error);
  const pipeline = new ToolPipeline({
    tools: { find: (name) => tools.get(name) },
    inventory: () => inventory,
    policy: decidedAlways('allow'),
    pause,
    approver: undefined,
    audit: new MemoryAudit().calls,
    shell,
    outputs: new OutputStore({
      stateDir,
      settings: DEFAULT_OUTPUT_SETTINGS,
      onFault: (_, error) => faults.push(error),
    }),
    resources: {
      transferFolder: '/nonexistent',
      mostJobs: 10,
      previewMs: 10_000,
      secret: async () => '',
      log: () => undefined,
    },
    redactor: new Redactor(() => ({ highEntropy: false, patterns: [] })),
    onFault,
    ...changes,
  });
  const result = await pipeline.run({
    requestId: randomUUID(),
    tool: 'run',
    server: 'web-1',
    payload: {},
    principal: undefined,
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    ...asked,
  });
  return commandResultSchema.parse(result);
}

describe('a call', () => {
  const SECRET = ['hunter', '2hunter'].join('');

  it('tells nobody of secrets, however its output comes, and keeps none', async () => {
    const told: string[] = [];
    const requestId = randomUUID();
    const command = `printf 'DB_PASSWORD=${SECRET.slice(0, 6)}'; sleep 0.05; printf '${SECRET.slice(6)}\\ndone\\n'; echo 'redis://:${SECRET}@cache' >&2; yes ordinary | head -c 100000`;
    const result = await call({ requestId, payload: { command }, onProgress: (_, text) => void told.push(text) });
    expect(JSON.stringify([result, told])).not.toContain(SECRET);
    expect(result).toMatchObject({ status: 'success', redactions: { 'named-secret': 1, 'connection-string': 1 } });
    expect(result.stdout).toMatch(/^DB_PASSWORD=\[redacted: named-secret\]\ndone\nordinary\n/);
    expect(told.join('')).toContain('redis://:[redacted: connection-string]@cache');
    const kept = await call({ tool: 'reread', payload: { id: requestId } });
    expect(kept.data).toMatchObject({ start: 'DB_PASSWORD=' });
    for (const file of await readdir(stateDir, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(SECRET);
  });

  it('takes secrets out of what a tool says of its own, and out of errors', async () => {
    const says = defineTool({
      ...about,
      name: 'says',
      target: 'executor',
      input: z.object({ fails: z.boolean().describe('Whether it fails.') }),
      data: z.object({ password: z.string().describe('One.'), lines: z.array(z.string()).describe('Lines.') }),
      run: async ({ fails }) => {
        if (fails) throw new ServonautError('tool_failed', { message: `Cannot read redis://:${SECRET}@cache.` });
        return { output: `token=${SECRET}`, data: { password: SECRET, lines: [`password: ${SECRET}`] } };
      },
    });
    const changes = { tools: { find: () => says as AnyTool } };
    const [said, failed] = [
      await call({ tool: 'says', server: null, payload: { fails: false } }, changes),
      await call({ tool: 'says', server: null, payload: { fails: true } }, changes),
    ];
    expect(JSON.stringify([said, failed])).not.toContain(SECRET);
    expect(said).toMatchObject({ redactions: { 'named-secret': 3 } });
    expect(failed).toMatchObject({ status: 'error', redactions: { 'connection-string': 1 } });
    expect(failed.error_message).toBe('Cannot read redis://:[redacted: connection-string]@cache.');
  });

  it('answers what the command did', async () => {
    expect(await call({ payload: { command: 'echo out; echo err >&2' } })).toMatchObject({
      status: 'success',
      exit_code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
      output: 'out\nerr\n',
      error_message: null,
      timings: { connect: expect.any(Number), exec: expect.any(Number) },
    });
  });

  it('of a command that exits non-zero, or by a signal, is an error with its output', async () => {
    expect(await call({ payload: { command: 'echo out; exit 3' } })).toMatchObject({
      status: 'error',
      exit_code: 3,
      stdout: 'out\n',
      error_message: 'The command exited with code 3.',
    });
    expect(await call({ payload: { command: 'kill -9 $$' } })).toMatchObject({
      status: 'error',
      exit_code: null,
      signal: 'KILL',
    });
  });

  it('whose command does not end in time is a timeout, with the output so far', async () => {
    const result = await call({ payload: { command: 'echo so far; sleep 47201' }, timeoutMs: 400 });
    expect(result).toMatchObject({ status: 'timeout', error_code: 'timed_out', stdout: 'so far\n' });
  });

  it('reports progress', async () => {
    const seen: string[] = [];
    const onProgress = (stream: string, chunk: string) => seen.push(`${stream} ${chunk}`);
    await call({ payload: { command: 'echo out' }, onProgress });
    expect(seen).toEqual(['stdout out\n']);
  });

  it('of a tool that acts on the executor answers its text and data', async () => {
    expect(await call({ tool: 'list', server: null })).toMatchObject({
      status: 'success',
      output: 'listed',
      data: { names: ['web-1'] },
    });
  });
});

describe('the output of a call', () => {
  const bot = { kind: 'credential', id: '7', label: 'ci-bot' } as const;
  const coloured = { command: String.raw`printf '\033[31mred\033[0m\r 1%%\r 2%%\n'` };

  it('shows no colours and of a progress bar its end, in the result and while it comes', async () => {
    const seen: string[] = [];
    const onProgress = (_: string, chunk: string) => seen.push(chunk);
    const result = await call({ payload: coloured, onProgress });
    expect(result).toMatchObject({ stdout: ' 2%\n', stdout_bytes: 21 });
    expect(seen.join('')).toBe('red\r 1%\r 2%\n');
  });

  it('is to the byte for the operator, who has a terminal', async () => {
    expect(await call({ payload: coloured, raw: true })).toMatchObject({
      stdout: '\u001b[31mred\u001b[0m\r 1%\r 2%\n',
    });
  });

  it('is kept whole for whoever asked when it is long, and only then', async () => {
    const requestId = randomUUID();
    const payload = { command: 'yes 0123456789 | head -c 8000000' };
    const result = await call({ requestId, payload, principal: bot });
    expect(result).toMatchObject({ output_kept: true, truncated: true, stdout_bytes: 8_000_000 });
    const again = { tool: 'reread', payload: { id: requestId } };
    const data = { bytes: 8_000_000, start: '0123456789\n0' };
    expect(await call({ ...again, principal: bot })).toMatchObject({ status: 'success', data });
    expect(await call(again)).toMatchObject({ data });
    expect(await call({ ...again, principal: { ...bot, id: '8' } })).toMatchObject({ error_code: 'not_found' });
    expect(await call({ payload: { command: 'echo short' } })).not.toHaveProperty('output_kept');
  });

  it('is no less when it could not be kept', async () => {
    const folder = join(stateDir, 'output');
    await rename(folder, `${folder}.away`);
    await writeFile(folder, 'in the way');
    const result = await call({ payload: { command: 'yes | head -c 3000000' } });
    await rm(folder);
    await rename(`${folder}.away`, folder);
    expect(result).toMatchObject({ status: 'success', output_kept: false, truncated: true, stdout_bytes: 3_000_000 });
  });
});

describe('a call is refused', () => {
  it.each([
    ['for a tool that is not there', { tool: 'nothing' }, 'unknown_tool'],
    ['for a server that is not there', { server: 'nowhere', payload: { command: 'true' } }, 'unknown_server'],
    ['without the server that the tool needs', { server: null }, 'invalid_request'],
    ['with a server that the tool does not take', { tool: 'list' }, 'invalid_request'],
    ['for an argument of the wrong type', { payload: { command: 7 } }, 'invalid_request'],
    ['for an empty command', { payload: { command: '' } }, 'invalid_request'],
    ['for an argument that the tool does not know', { payload: { command: 'true', cmd: 'x' } }, 'invalid_request'],
  ])('%s', async (_, asked, code) => {
    expect(await call(asked)).toMatchObject({ status: 'rejected', error_code: code, output: '' });
  });

  it('for arguments that are not valid, in words and without what was sent', async () => {
    const result = await call({ payload: { command: 7, comand: 'hunter2' } });
    expect(result.error_message).toBe(
      'Not valid for run: command must be a text, and is a number; arguments: unknown key "comand" (did you mean "command"?).',
    );
  });

  it('for a server whose name is mistyped, naming the one that was meant', async () => {
    const result = await call({ server: 'web1', payload: { command: 'true' } });
    expect(result.error_message).toBe('There is no server "web1". Did you mean "web-1"?');
  });

  it('by the operator’s policy, naming the rule, before anything runs', async () => {
    const seen: unknown[] = [];
    const asked = { payload: { command: 'echo out' }, onProgress: (...args: unknown[]) => seen.push(args) };
    expect(await call(asked, { policy: decidedAlways('deny') })).toMatchObject({
      status: 'rejected',
      error_code: 'policy_denied',
      rule: 'always',
    });
    expect(seen).toEqual([]);
  });
});

describe('a call of a principal that is limited to some servers', () => {
  const limited = (...servers: string[]) => ({ kind: 'credential', id: '7', label: 'ci-bot', servers }) as const;
  const within = (servers: string[], ...lists: string[][]) => ({ ...limited(...servers), within: lists });
  const echo = { payload: { command: 'echo out' } };

  it.each([
    ['one of them', limited('db-*', 'web-*')],
    ['one with such a label', limited('label:role=web')],
    ['one that is on each of its lists', within(['web-*'], ['label:role=web'], ['web-1'])],
  ])('runs on %s', async (_, principal) => {
    expect(await call({ ...echo, principal })).toMatchObject({ status: 'success' });
  });

  it.each([
    ['that is there', 'web-1', limited('db-*')],
    ['that is not there', 'web-2', limited('db-*')],
    ['when it is limited to none', 'web-1', limited()],
    ['with other labels', 'web-1', limited('label:role=db')],
    ['that is not there, and so has no labels', 'web-2', limited('label:role=web')],
    ['that is not on each of its lists', 'web-1', within(['web-*'], ['label:role=web'], ['db-*'])],
    ["that is named as somebody else's", 'web-1', limited('alice/web-1')],
  ])('is refused on another %s, in the same words', async (_, server, principal) => {
    expect(await call({ ...echo, server, principal })).toMatchObject({
      status: 'rejected',
      error_code: 'policy_denied',
      rule: 'principal.servers',
      error_message: `"ci-bot" may not use ${server} (rule principal.servers).`,
      output: '',
    });
  });

  it('is not told of one out of reach that it may have meant', async () => {
    const result = await call({ ...echo, server: 'wed-1', principal: limited('wed-*') });
    expect(result).toMatchObject({
      error_code: 'unknown_server',
      error_message: 'There is no server "wed-1".',
    });
  });

  it.each([
    ['some of them', limited('web-*'), ['web-1']],
    ['none of them', limited('db-*'), []],
    ['none at all', limited(), []],
    ['none that is on each of its lists', within(['web-*'], ['label:role=db']), []],
    ['those with a label', limited('label:role=w*'), ['web-1']],
  ])('shows to a tool only what it may know of: %s', async (_, principal, names) => {
    expect(await call({ tool: 'list', server: null, principal })).toMatchObject({ data: { names } });
  });
});

describe('a call fails', () => {
  it('with the tool’s own words when it has chosen them', async () => {
    const result = await call({ tool: 'fail', server: null, payload: { how: 'known' } });
    expect(result).toMatchObject({ status: 'error', error_code: 'tool_failed', error_message: 'The disk is full.' });
  });

  it('without the words of an error that nobody has chosen, which the log gets', async () => {
    faults.length = 0;
    const result = await call({ tool: 'fail', server: null, payload: { how: 'stranger' } });
    expect(result).toMatchObject({ status: 'error', error_code: 'tool_failed' });
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(String(faults[0])).toContain('hunter2');
  });

  it('when the tool answers something else than it declares', async () => {
    expect(await call({ tool: 'fail', server: null, payload: { how: 'data' } })).toMatchObject({
      error_code: 'tool_failed',
    });
  });

  it('when a tool without a server runs a command', async () => {
    expect(await call({ tool: 'fail', server: null, payload: { how: 'server' } })).toMatchObject({
      error_code: 'tool_failed',
    });
  });

  it('with the reason for which it was cancelled, also before it began', async () => {
    const cancelled = AbortSignal.abort(new ServonautError('executor_draining'));
    expect(await call({ payload: { command: 'true' }, signal: cancelled })).toMatchObject({
      status: 'rejected',
      error_code: 'executor_draining',
    });
    const cancel = new AbortController();
    const result = await call({
      payload: { command: 'echo on; sleep 47202' },
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    expect(result).toMatchObject({ status: 'error', error_code: 'request_cancelled', stdout: 'on\n', output: 'on\n' });
  });
});
