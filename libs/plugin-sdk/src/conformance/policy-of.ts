import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What a command does at worst, as the policy of an operator reads it. */
export const COMMAND_CLASSES = ['read-only', 'mutating', 'privileged', 'forbidden'] as const;
export type CommandClass = (typeof COMMAND_CLASSES)[number];

/** Says of each command what it does. */
export type ClassifyCommands = (commands: readonly string[]) => Promise<readonly CommandClass[]>;

/**
 * The policy that comes with a command line, without what its operator has added.
 * @param program the command line and what stands before its arguments; by default the `servonaut` of this machine
 */
export function policyOf(program: readonly [string, ...string[]] = ['servonaut']): ClassifyCommands {
  const [command, ...before] = program;
  return async (commands) => {
    const child = spawn(command, [...before, 'policy', 'classify', '--json', '--null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    // A program that ends before it has read all says so by its exit code.
    child.stdin.on('error', () => undefined).end(commands.map((one) => `${one}\0`).join(''));
    const [lines, [code]] = await Promise.all([text(child.stdout), ended]);
    if (code !== 0) throw new Error(`${program.join(' ')} policy classify ended with ${code}`);
    const classes = lines.split('\n').filter((line) => line !== '');
    return classes.map((line) => (JSON.parse(line) as { class: CommandClass }).class);
  };
}
