import { describe, expect, it } from '@jest/globals';
import type { Command, Interfaces } from '@oclif/core';
import { commandResultSchema, ServonautError, type CommandResultInput } from '@servonaut/contracts';
import { z } from 'zod';
import { defineTool, type AnyTool } from './define-tool.ts';
import type { RunToolRequest } from './run-tool-hook.ts';
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

/** Runs the command in a host that answers `result`, and catches what it prints. */
async function run(argv: string[], result: Partial<CommandResultInput> = DONE, tool: AnyTool = probe): Promise<Run> {
  let request: RunToolRequest | undefined;
  const host = {
    bin: 'servonaut',
    runHook: async (event: string, options: { request: RunToolRequest }) => {
      if (event !== 'servonaut:run-tool') return { successes: [], failures: [] };
      ({ request } = options);
      return {
        successes: [
          {
            result: commandResultSchema.parse({
              request_id: REQUEST_ID,
              output: '',
              execution_time_ms: 1,
              status: 'success',
              ...result,
            }),
          },
        ],
        failures: [],
      };
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
      '--ratio',
      '0.5',
      '--timeout-seconds',
      '9',
      '--profile',
      'prod',
    ];
    const { request } = await run([...argv, '--', 'grep', '--json', "it's", '--', 'x']);
    expect(request).toMatchObject({ server: 'web-1', profile: 'prod', tool: probe });
    expect(request?.input).toEqual({
      max_lines: 3,
      level: 'high',
      follow: false,
      names: ['a', 'b'],
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
    [['--nope']],
    [['surplus']],
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
    expect((await run([], DONE, local)).request).toMatchObject({ server: null, input: {} });
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
    expect(JSON.parse(stdout)).toMatchObject({ request_id: REQUEST_ID, status: 'rejected', error_message: 'No.' });
    expect({ stderr, exitCode, error }).toEqual({ stderr: '', exitCode: 77, error: undefined });
  });
});
