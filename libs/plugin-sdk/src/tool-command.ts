import { Args, Command } from '@oclif/core';
import {
  serverNameSchema,
  serverPace,
  ServonautError,
  toolAnswerSchema,
  WIRE_LIMITS,
  type ToolAnswer,
} from '@servonaut/contracts';
import type { AnyTool } from './define-tool.ts';
import { oneAnswer, severalAnswer } from './hand-answer.ts';
import { exitCodeOf, printResult, resultError } from './print-result.ts';
import { printEnd, printSum, worstExitCode } from './print-several.ts';
import { runThroughHost, type ServerResult, type WantedServers } from './run-tool-hook.ts';
import { inputFromFlags, toolFlags } from './tool-flags.ts';

/** A tool as a command of its own: `servonaut run-command web-1 -- uptime`. */
export type ToolCommandClass = Command.Class;

/**
 * The command of a tool: arguments and flags from its input, stdout to stdout, stderr to stderr, the remote exit code as its own. What
 * could not run is thrown as a ServonautError, which the host renders with the exit code of the table.
 */
export function toolCommand(tool: AnyTool): ToolCommandClass {
  return class extends Command {
    static override readonly summary = tool.title;
    static override readonly description = tool.description;
    static override readonly examples = [...(tool.cli?.examples ?? [])];
    static readonly json = toolAnswerSchema;
    static readonly data = tool.manifest.data_schema;
    static override readonly args = tool.target === 'server' ? SERVER_ARGS : {};
    static override readonly flags = toolFlags(tool);
    static override readonly usage = usage(tool);

    async run(): Promise<void> {
      const { own, rest } = splitRest(tool, this.argv);
      const { args, flags } = await this.parse(this.ctor, own);
      const isJson = flags['json'] === true;
      const servers = wantedServers(tool, args, flags, isJson);
      const input = await withStdin(tool, { ...inputFromFlags(tool, flags), ...rest });
      const profile = flags['profile'] as string | undefined;
      const ends = await runThroughHost(this.config, { tool, servers, input, profile, showsProgress: !isJson });
      if (servers.kind === 'several') reportSeveral(tool, ends, isJson);
      else reportOne(ends, isJson);
    }
  };
}

const SERVER_ARGS = {
  server: Args.string({
    description: 'Name of the server, or several: names, patterns ("web-*"), labels ("label:role=db"), "!web-3".',
    required: true,
    multiple: true,
  }),
};

/** One is asked for by its name alone; whatever else names servers asks for several, however many they turn out to be. */
function wantedServers(
  { target, manifest: { combine } }: AnyTool,
  args: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>>,
  isJson: boolean,
): WantedServers {
  if (target === 'executor') return { kind: 'none' };
  // No name and no pattern has a comma; in the value of a label "*" can stand for one.
  const terms = (args['server'] as readonly string[]).flatMap((term) => term.split(',')).filter((term) => term !== '');
  const [first = ''] = terms;
  if (terms.length === 1 && isServerName(first)) return { kind: 'one', name: first };
  const pace = serverPace(flags['max-parallel'] as number | undefined, flags['stop-on-error'] === true);
  const onEnd = (end: ServerResult): void => {
    if (!isJson) printEnd(end, combine, process);
  };
  return { kind: 'several', terms, pace, onEnd };
}

function isServerName(term: string): boolean {
  return !term.startsWith('label:') && serverNameSchema.safeParse(term).success;
}

/** With `--json` an error is part of the one document on stdout; without, it is thrown to be rendered like any other. */
function reportOne([end]: readonly ServerResult[], isJson: boolean): void {
  if (!end) throw new ServonautError('internal', { message: 'The host has answered nothing.' });
  const error = resultError(end.result);
  process.exitCode = exitCodeOf(end.result);
  if (isJson) printJson(oneAnswer(end));
  else printResult(end.result, end.server, process.stdout, process.stderr);
  if (error && !isJson) throw error;
}

function reportSeveral(tool: AnyTool, ends: readonly ServerResult[], isJson: boolean): void {
  const { combine, name } = tool.manifest;
  process.exitCode = worstExitCode(ends);
  if (isJson) printJson(severalAnswer(ends, combine));
  else printSum(name, ends, combine, process);
}

function printJson(answer: ToolAnswer): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

/** Everything after the first `--`, joined by spaces as ssh(1) does: the server's shell, not this one, splits it again. */
function splitRest(tool: AnyTool, argv: readonly string[]): { own: string[]; rest: Record<string, string> } {
  const field = tool.cli?.rest;
  if (field === undefined) return { own: [...argv], rest: {} };
  const at = argv.indexOf('--');
  if (at === -1) return { own: [...argv], rest: {} };
  return { own: argv.slice(0, at), rest: { [field]: argv.slice(at + 1).join(' ') } };
}

/** `-` stands for what this process reads, as for cat(1). */
async function withStdin(tool: AnyTool, input: Record<string, unknown>): Promise<Record<string, unknown>> {
  const field = tool.cli?.stdin;
  return field !== undefined && input[field] === '-' ? { ...input, [field]: await readInput(process.stdin) } : input;
}

async function readInput(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let left: number = WIRE_LIMITS.bodyBytes;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    left -= chunk.length;
    if (left < 0) throw new ServonautError('payload_too_large', { message: 'What is read from stdin is too long.' });
  }
  return Buffer.concat(chunks).toString();
}

function usage(tool: AnyTool): string {
  const server = tool.target === 'server' ? ' SERVER...' : '';
  const rest = tool.cli?.rest === undefined ? '' : ` -- ${tool.cli.rest.toUpperCase()}...`;
  return `<%= command.id %>${server} [FLAGS]${rest}`;
}
