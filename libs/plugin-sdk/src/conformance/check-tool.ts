import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import type { AnyTool, Tool } from '../define-tool.ts';
import { injectionStrings } from '../testing/injections.ts';
import { localContext, type LocalContextOptions } from '../testing/local-context.ts';
import type { ExecResult, ToolContext } from '../tool-context.ts';
import { broken, FakeCoordinator } from './fake-coordinator.ts';
import { COMMAND_CLASSES, type ClassifyCommands } from './policy-of.ts';
import { textArguments, withText } from './text-arguments.ts';

export interface ToolCheck<Input extends z.ZodObject = z.ZodObject> {
  /** Arguments of calls that are answered on this machine; together they should name every argument. */
  readonly calls: readonly z.input<Input>[];
  /** Reads the commands that these calls give, as `policyOf()` does. */
  readonly classify: ClassifyCommands;
  /** Of all calls. */
  readonly context?: LocalContextOptions;
  /** How many strings go through each argument that is text; 60 by default. */
  readonly injections?: number;
}

const FLOOD = 'all work and no play\n'.repeat(50_000);

/**
 * Whether a tool keeps what every tool promises, whatever it is about: that it answers within the bounds and its own schemas, that no argument reaches the shell
 * as a command, that it stops when it is told to, and that it does no more than it says. The commands run here, in a real shell; while arguments are
 * tried that mean harm, a tool that is not read-only has no programs.
 * @throws Error saying which promise is broken
 */
export async function checkTool<Input extends z.ZodObject, Data extends z.ZodObject>(
  tool: Tool<Input, Data>,
  check: ToolCheck<Input>,
): Promise<void> {
  const coordinator = new FakeCoordinator(tool);
  await answersWithinBounds(tool, coordinator, check);
  await staysBelowFlood(tool, coordinator, check);
  await stopsWhenTold(tool, coordinator, check);
  await quotesArguments(tool, coordinator, check);
}

async function answersWithinBounds(tool: AnyTool, coordinator: FakeCoordinator, check: ToolCheck): Promise<void> {
  if (check.calls.length === 0) throw broken(tool, 'is not called by any of the calls');
  for (const call of check.calls) {
    if (!coordinator.takes(call)) throw broken(tool, `refuses ${JSON.stringify(call)} by its manifest`);
    if (coordinator.takes({ ...call, no_argument_of_this_name: 1 }))
      throw broken(tool, 'takes arguments that it does not know');
    const { context, commands } = recorded(localContext(check.context));
    await coordinator.call(call, context);
    await doesNoMoreThanItSays(tool, call, commands, check.classify);
  }
}

interface GivenCommand {
  readonly text: string;
  readonly sudo: boolean;
}

/** The context itself cannot be spread: a tool for the executor has no server to read. */
function withExec(context: ToolContext, exec: ToolContext['exec']): ToolContext {
  return Object.create(context, { exec: { value: exec } }) as ToolContext;
}

function recorded(context: ToolContext): { context: ToolContext; commands: GivenCommand[] } {
  const commands: GivenCommand[] = [];
  const exec: ToolContext['exec'] = (command, options) => {
    commands.push({ text: command.text, sudo: options?.sudo === true });
    return context.exec(command, options);
  };
  return { context: withExec(context, exec), commands };
}

/** Shell text of the caller's is judged by itself at each call. */
async function doesNoMoreThanItSays(
  tool: AnyTool,
  call: object,
  commands: readonly GivenCommand[],
  classify: ClassifyCommands,
): Promise<void> {
  if (tool.commands || commands.length === 0) return;
  const said = tool.effectOf?.(tool.input.parse(call)) ?? tool.effect;
  const classes = await classify(commands.map(({ text }) => text));
  for (const [at, { text, sudo }] of commands.entries()) {
    const found = sudo && classes[at] !== 'forbidden' ? 'privileged' : (classes[at] ?? 'forbidden');
    if (COMMAND_CLASSES.indexOf(found) > COMMAND_CLASSES.indexOf(said))
      throw broken(tool, `says that it is ${said}, and gives a command that is ${found}: ${text}`);
  }
}

async function staysBelowFlood(tool: AnyTool, coordinator: FakeCoordinator, check: ToolCheck): Promise<void> {
  for (const call of check.calls) {
    const context = localContext(check.context);
    const flooded = withExec(context, async (_command, { consume, maxOutput = FLOOD.length } = {}) => {
      await consume?.(Buffer.from(FLOOD));
      return flood(consume ? '' : FLOOD.slice(0, maxOutput));
    });
    await refusable(tool, () => coordinator.call(call, flooded));
  }
}

function flood(stdout: string): ExecResult {
  const sizes = { stdoutBytes: FLOOD.length, stderrBytes: 0, truncated: stdout.length < FLOOD.length };
  const end = { exitCode: 0, signal: null, timedOut: false, durationMs: 1, timings: {} };
  return { ...end, ...sizes, stdout, stderr: '', binary: false };
}

async function stopsWhenTold(tool: AnyTool, coordinator: FakeCoordinator, check: ToolCheck): Promise<void> {
  const signal = AbortSignal.abort(new ServonautError('request_cancelled'));
  for (const call of check.calls) {
    const { context, commands } = recorded(localContext({ ...check.context, signal }));
    const answered = await refusable(tool, () => coordinator.call(call, context));
    if (answered && commands.length > 0) throw broken(tool, 'answers as if nothing were, when it is told to stop');
  }
}

/** A refusal is an answer, too, when it is one that a reader understands. @returns whether it was answered */
async function refusable(tool: AnyTool, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ServonautError' || name === 'ZodError') return false;
    throw broken(tool, `throws what is no ServonautError: ${String(error)}`, error);
  }
}

async function quotesArguments(tool: AnyTool, coordinator: FakeCoordinator, check: ToolCheck): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'servonaut-conformance-'));
  const trace = join(folder, 'RAN');
  const withoutPrograms = tool.effect === 'read-only' ? {} : { env: { PATH: '/nonexistent' } };
  const context = localContext({ folder, ...check.context, ...withoutPrograms });
  try {
    for (const { call, path, text } of hostileCalls(check, `: >${trace}`)) {
      const input = withText(call, path, text);
      if (isCallersCommand(tool, input, text)) continue;
      await refusable(tool, () => coordinator.call(input, context));
      if (existsSync(trace))
        throw broken(tool, `lets the argument ${path.join('.')} run as a command: ${JSON.stringify(text)}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By itself, and behind what an argument that has to begin in some way begins with. */
function hostileCalls({ calls, injections = 60 }: ToolCheck, command: string) {
  const strings = injectionStrings(command, injections);
  return calls.flatMap((call) =>
    textArguments(call).flatMap(({ path, text: own }) =>
      strings.flatMap((text) => [text, own + text].map((hostile) => ({ call, path, text: hostile }))),
    ),
  );
}

/** What is there to be run. */
function isCallersCommand(tool: AnyTool, input: unknown, text: string): boolean {
  const parsed = tool.input.safeParse(input);
  if (!parsed.success || !tool.commands) return false;
  return tool.commands(parsed.data).some((command) => command.text.includes(text));
}
