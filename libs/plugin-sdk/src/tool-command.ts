import { Args, Command } from '@oclif/core';
import type { CommandResult } from '@servonaut/contracts';
import type { AnyTool } from './define-tool.ts';
import { exitCodeOf, printResult, resultError } from './print-result.ts';
import { runThroughHost } from './run-tool-hook.ts';
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
    static override readonly args =
      tool.target === 'server' ? { server: Args.string({ description: 'Name of the server.', required: true }) } : {};
    static override readonly flags = toolFlags(tool);
    static override readonly usage = usage(tool);

    async run(): Promise<void> {
      const { own, rest } = splitRest(tool, this.argv);
      const { args, flags } = await this.parse(this.ctor, own);
      const server = (args as { server?: string }).server ?? null;
      const input = { ...inputFromFlags(tool, flags), ...rest };
      const profile = flags['profile'] as string | undefined;
      const result = await runThroughHost(this.config, { tool, server, input, profile });
      report(result, server, flags['json'] === true);
    }
  };
}

/** With `--json` an error is part of the one document on stdout; without, it is thrown to be rendered like any other. */
function report(result: CommandResult, server: string | null, json: boolean): void {
  const error = resultError(result);
  process.exitCode = exitCodeOf(result);
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else printResult(result, server, process.stdout, process.stderr);
  if (error && !json) throw error;
}

/** Everything after the first `--`, joined by spaces as ssh(1) does: the server's shell, not this one, splits it again. */
function splitRest(tool: AnyTool, argv: readonly string[]): { own: string[]; rest: Record<string, string> } {
  const field = tool.cli?.rest;
  if (field === undefined) return { own: [...argv], rest: {} };
  const at = argv.indexOf('--');
  if (at === -1) return { own: [...argv], rest: {} };
  return { own: argv.slice(0, at), rest: { [field]: argv.slice(at + 1).join(' ') } };
}

function usage(tool: AnyTool): string {
  const server = tool.target === 'server' ? ' SERVER' : '';
  const rest = tool.cli?.rest === undefined ? '' : ` -- ${tool.cli.rest.toUpperCase()}...`;
  return `<%= command.id %>${server} [FLAGS]${rest}`;
}
