import { describe, expect, it } from '@jest/globals';
import type { Command, Interfaces } from '@oclif/core';
import {
  commandResultSchema,
  ServonautError,
  toolAnswerSchema,
  type CommandResult,
  type CommandResultInput,
} from '@servonaut/contracts';
import { z } from 'zod';
import { defineTool, type AnyTool } from './define-tool.ts';
import type { RunToolRequest, ServerResult, WantedServers } from './run-tool-hook.ts';
import { toolCommand } from './tool-command.ts';

const probe = defineTool({
  name: 'probe_it',
  title: 'Probe',
  description: 'For tests.',
  target: 'server',
  effect: 'read-only',
  input: z.object({
    command: z.string().describe('The command.'),
    max_lines: z.int().min(1).max(10).default(5).describe('Lines.'),
    level: z.enum(['low', 'high']).optional().describe('Level.'),
    follow: z.boolean().optional().describe('Follow.'),
    names: z.array(z.string()).optional().describe('Names.'),
    env: z.record(z.string(), z.string()).optional().describe('Variables.'),
    ratio: z.number().optional().describe('Ratio.'),
  }),
  cli: { rest: 'command' },
  run: async () => ({ output: '' }),
});

const REQUEST_ID = '01936f4a-0000-7000-8000-000000000001';
const DONE: Partial<CommandResultInput> = { status: 'success', exit_code: 0, stdout: '' };

interface Run {
  readonly request: RunToolRequest | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | string | null | undefined;
  readonly error: unknown;
}

const resultOf = (given: Partial<CommandResultInput>): CommandResult =>
  commandResultSchema.parse({ request_id: REQUEST_ID, output: '', execution_time_ms: 1, status: 'success', ...given });

/** As a host answers: of one server, or of those that it is asked for, in their order. */
function answersOf(servers: WantedServers, answers: Answers): readonly ServerResult[] {
  if (servers.kind !== 'several')
    return [
      {
        server: servers.kind === 'one' ? servers.name : null,
        result: resultOf(answers),
      },
    ];
  const ends = Object.entries(answers as Record<string, Partial<CommandResultInput> | ServonautError>).map(
    ([server, given]) =>
      given instanceof ServonautError
        ? { server, result: resultOf({ status: 'rejected', error_code: given.code }), notBegun: given }
        : { server, result: resultOf(given) },
  );
  ends.forEach(servers.onEnd);
  return ends;
}

type Answers = Partial<CommandResultInput> | Readonly<Record<string, Partial<CommandResultInput> | ServonautError>>;

/** Runs the command in a host that answers so, and catches what it prints. */
async function run(argv: string[], answers: Answers = DONE, tool: AnyTool = probe): Promise<Run> {
  let request: RunToolRequest | undefined;
  const host = {
    bin: 'servonaut',
    runHook: async (event: string, options: { request: RunToolRequest }) => {
      if (event !== 'servonaut:run-tool') return { successes: [], failures: [] };
      ({ request } = options);
      return { successes: [{ result: answersOf(request.servers, answers) }], failures: [] };
    },
  } as unknown as Interfaces.Config;
  const printed = captureOutput();
  const previous = process.exitCode;
  try {
    const Probe = toolCommand(tool) as unknown as new (argv: string[], config: Interfaces.Config) => Command;
    const error: unknown = await new Probe(argv, host).run().catch((thrown: unknown) => thrown);
    return { request, ...printed.text, exitCode: process.exitCode, error };
  } finally {
    printed.restore();
    process.exitCode = previous;
  }
}

function captureOutput(): { text: { stdout: string; stderr: string }; restore: () => void } {
  const text = { stdout: '', stderr: '' };
  const restores = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array) => Boolean((text[name] += String(chunk)));
    return () => (stream.write = write);
  });
  return { text, restore: () => restores.forEach((restore) => restore()) };
}

describe('the command of a tool', () => {
  it('hands arguments and flags to the host under the names of the input, and what follows -- as one string', async () => {
    const argv = [
      'web-1',
      '--max-lines',
      '3',
      '--level',
      'high',
      '--no-follow',
      '--names',
      'a',
      '--names',
      'b',
      '--env',
      'A=b=c',
      '--env',
      'D=',
      '--ratio',
      '0.5',
      '--timeout-seconds',
      '9',
      '--profile',
      'prod',
    ];
    const { request } = await run([...argv, '--', 'grep', '--json', "it's", '--', 'x']);
    expect(request).toMatchObject({ servers: { kind: 'one', name: 'web-1' }, profile: 'prod', tool: probe });
    expect(request?.input).toEqual({
      max_lines: 3,
      level: 'high',
      follow: false,
      names: ['a', 'b'],
      env: { A: 'b=c', D: '' },
      ratio: 0.5,
      timeout_seconds: 9,
      command: "grep --json it's -- x",
    });
  });

  it('leaves out what was not given, so that the tool says what is missing', async () => {
    expect((await run(['web-1'])).request?.input).toEqual({});
  });

  it.each([
    [['--max-lines', 'x']],
    [['--max-lines', '11']],
    [['--level', 'mid']],
    [['--ratio', '{']],
    [['--env', 'A']],
    [['--env', '=b']],
    [['--nope']],
    [['--max-parallel', '0']],
  ])('refuses %j', async (flags) => {
    const { request, error } = await run(['web-1', ...flags]);
    expect(request).toBeUndefined();
    expect(error).toBeInstanceOf(Error);
  });

  it('asks for the server, and takes none for a tool on the executor', async () => {
    expect((await run([])).error).toBeInstanceOf(Error);
    const { name, title, description, effect } = probe;
    const about = { name, title, description, effect, target: 'executor' } as const;
    const local = defineTool({ ...about, input: z.object({}), run: async () => ({}) });
    expect((await run([], DONE, local)).request).toMatchObject({ servers: { kind: 'none' }, input: {} });
    expect((await run(['--stop-on-error'], DONE, local)).error).toBeInstanceOf(Error);
    expect((await run(['--timeout-seconds', '1'], DONE, local)).error).toBeInstanceOf(Error);
  });

  it('prints what the process wrote to the byte and exits as it did', async () => {
    const { stdout, stderr, exitCode, error } = await run(['web-1'], {
      status: 'error',
      exit_code: 3,
      stdout: 'no line end',
      stderr: 'oops\n',
    });
    expect({ stdout, stderr, exitCode, error }).toEqual({
      stdout: 'no line end',
      stderr: 'oops\n',
      exitCode: 3,
      error: undefined,
    });
  });

  it('exits as a shell says it for a process that a signal ended', async () => {
    expect((await run(['web-1'], { status: 'error', exit_code: null, signal: 'KILL' })).exitCode).toBe(137);
  });

  it('ends the text of a tool with a line end', async () => {
    expect((await run(['web-1'], { output: 'three servers' })).stdout).toBe('three servers\n');
  });

  it('prints what a tool says of a process that wrote nothing', async () => {
    expect((await run(['web-1'], { ...DONE, output: 'The file is empty.' })).stdout).toBe('The file is empty.\n');
  });

  it('does not print stderr twice, which output repeats for readers of output alone', async () => {
    const { stdout, stderr } = await run(['web-1'], { ...DONE, stderr: 'warning\n', output: 'warning\n' });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'warning\n' });
  });

  it('says on stderr what of the output it cannot show', async () => {
    const { stderr } = await run(['web-1'], { ...DONE, truncated: true, stdout_bytes: 5_000_000, stderr_bytes: 2 });
    expect(stderr).toContain('5000000 bytes of stdout and 2 of stderr');
    const { stderr: kept } = await run(['web-1'], { ...DONE, truncated: true, output_kept: true });
    expect(kept).toMatch(/servonaut read-output web-1 --request-id [0-9a-f-]{36}\n/);
    expect(stderr).not.toContain('read-output');
  });

  it.each<[Partial<CommandResultInput>, string, number]>([
    [{ status: 'error', error_code: 'server_unreachable', error_message: 'No route.' }, 'server_unreachable', 69],
    [{ status: 'rejected', rule: 'r' }, 'policy_denied', 77],
    [{ status: 'timeout', exit_code: null, signal: 'TERM', stdout: 'so far\n' }, 'timed_out', 75],
    [{ status: 'error' }, 'tool_failed', 70],
  ])('throws what Servonaut could not do, for the host to render: %j', async (result, code, exit) => {
    const { error, exitCode, stdout } = await run(['web-1'], result);
    expect(error).toBeInstanceOf(ServonautError);
    expect({ error, exitCode, stdout }).toMatchObject({ error: { code }, exitCode: exit, stdout: result.stdout ?? '' });
  });

  it('prints one JSON document with --json, also for an error, with the same exit code', async () => {
    const { stdout, stderr, exitCode, error } = await run(['web-1', '--json'], {
      status: 'rejected',
      error_code: 'policy_denied',
      error_message: 'No.',
    });
    expect(toolAnswerSchema.strict().parse(JSON.parse(stdout))).toMatchObject({
      request_id: REQUEST_ID,
      results: [{ server: 'web-1', status: 'rejected', error: { code: 'policy_denied', message: 'No.' } }],
    });
    expect({ stderr, exitCode, error }).toEqual({ stderr: '', exitCode: 77, error: undefined });
  });
});

describe('the command of a tool on several servers', () => {
  const several = (...terms: string[]) => ({ kind: 'several', terms });
  const failed = { status: 'error', exit_code: 3, stdout: 'no\n', execution_time_ms: 12 } as const;
  const gone = { status: 'error', error_code: 'server_unreachable', error_message: 'No route.' } as const;
  const notBegun = new ServonautError('request_cancelled', { message: 'Not begun.', facts: { not_begun: true } });

  it.each([
    [
      ['web-1', 'web-2'],
      ['web-1', 'web-2'],
    ],
    [['web-*,label:role=db'], ['web-*', 'label:role=db']],
    [['label:role'], ['label:role']],
    [
      ['*', '!web-3'],
      ['*', '!web-3'],
    ],
  ])('takes %j for a choice among them', async (argv, terms) => {
    const { request } = await run([...argv, '--', 'id'], { 'web-1': DONE });
    expect(request).toMatchObject({ servers: several(...terms), input: { command: 'id' } });
  });

  it.each([
    [[], { atOnce: 128, stopsOnError: false }],
    [['--max-parallel', '4'], { atOnce: 4, stopsOnError: false }],
    [['--stop-on-error'], { atOnce: 1, stopsOnError: true }],
    [['--stop-on-error', '--max-parallel', '2'], { atOnce: 2, stopsOnError: true }],
  ])('goes through them as %j says', async (flags, pace) => {
    const { request } = await run(['web-*', ...flags], { 'web-1': DONE });
    expect(request).toMatchObject({ servers: { pace }, input: {} });
  });

  it('prints each under its name, says what went wrong, and exits as the worst of them', async () => {
    const answers = { 'web-1': { ...DONE, stdout: 'fine\n' }, 'web-2': failed, 'web-3': gone, 'web-4': notBegun };
    const { stdout, stderr, exitCode, error } = await run(['web-*'], answers);
    expect(stdout).toBe(
      [
        '== web-1 | exit 0 | 1 ms',
        'fine',
        '== web-2 | exit 3 | 12 ms',
        'no',
        '== web-3 | failed (server_unreachable) | 1 ms\n',
      ].join('\n'),
    );
    expect(stderr).toMatch(
      /^servonaut: web-3: No route\.\nservonaut: web-3: .*\nservonaut: web-4: Not begun\.\nservonaut: probe_it on 4 servers: 1 succeeded, 2 failed, 1 cancelled\n$/,
    );
    expect([exitCode, error]).toEqual([69, undefined]);
    expect((await run(['web-*'], { 'web-1': failed, 'web-2': notBegun })).exitCode).toBe(3);
  });

  it('prints one JSON document with --json, in the shape that agents get', async () => {
    const { stdout, stderr, exitCode } = await run(['web-*', '--json'], { 'web-1': DONE, 'web-2': notBegun });
    expect(toolAnswerSchema.strict().parse(JSON.parse(stdout))).toMatchObject({
      request_id: null,
      results: [
        { server: 'web-1', status: 'succeeded', exit_code: 0, request_id: REQUEST_ID },
        { server: 'web-2', status: 'cancelled', error: { facts: { not_begun: true } } },
      ],
    });
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  const table = defineTool({
    name: 'probe_it',
    title: 'Probe',
    description: 'For tests.',
    target: 'server',
    effect: 'read-only',
    input: z.object({}),
    data: z.object({ mounts: z.array(z.object({ path: z.string(), used: z.int() })), total: z.int() }),
    combine: { rows: 'mounts', order: [{ by: 'used', direction: 'descending' }], columns: ['path', 'used'] },
    run: async () => ({}),
  });
  const filled = (used: number) => ({ output: 'words', data: { mounts: [{ path: '/', used }], total: 1 } });

  it('prints one table where the tool has one, and beside it only what went wrong', async () => {
    const answers = { 'web-1': filled(5), 'web-2': gone, 'web-3': filled(80) };
    const { stdout, stderr } = await run(['web-*'], answers, table);
    expect(stdout).toBe(
      '== web-2 | failed (server_unreachable) | 1 ms\nserver  path  used\nweb-3   /       80\nweb-1   /        5\n',
    );
    expect(stderr).toContain('servonaut: web-2: No route.');
    const { stdout: json } = await run(['web-*', '--json'], answers, table);
    expect(JSON.parse(json)).toMatchObject({
      results: [{ server: 'web-1', data: { total: 1 } }, { server: 'web-2' }, { server: 'web-3' }],
      combined: { rows: [{ server: 'web-3', used: 80 }, { server: 'web-1' }], left_out: 0 },
    });
  });
});
