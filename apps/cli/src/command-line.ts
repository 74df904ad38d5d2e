import { fileURLToPath } from 'node:url';
import { Errors, flush, run, settings, type Config } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import { configWithPlugins } from './loaded-plugins.ts';
import { useProxies } from './session/proxies.ts';
import { asServonautError, errorJson, errorLines, exitCodeOf } from './ui/render-error.ts';
import { usageError } from './ui/usage-error.ts';

/** Whether the caller wants JSON. What follows `--` belongs to the remote command. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}

/**
 * Runs a command through oclif. Errors of every command, plugins' too, are rendered here and nowhere else.
 * @param root URL of the file in whose folder oclif finds the package
 */
export async function runCommandLine(argv: readonly string[], root: string): Promise<void> {
  // Otherwise NODE_ENV=development makes oclif look for the TypeScript sources of every plugin.
  settings.enableAutoTranspile = false;
  let config: Config | undefined;
  try {
    await useProxies((message) => void process.stderr.write(`Warning: ${message}\n`));
    config = await configWithPlugins(argv, fileURLToPath(root));
    await run([...argv], config);
    await flush();
  } catch (error) {
    const isJson = wantsJson(argv);
    const known = asServonautError(error) ?? usageError(error, argv, config?.commands ?? []);
    const ours = known ?? (isJson ? unforeseen(error) : undefined);
    if (!ours) return Errors.handle(error as Error);
    if (isJson) process.stdout.write(`${JSON.stringify(errorJson(ours))}\n`);
    else process.stderr.write(errorLines(ours));
    process.exitCode = exitCodeOf(ours);
  }
}

/** What nobody has thought of, for a program; a person is better served by oclif, which shows where it was. Undefined for an exit, which is no fault. */
function unforeseen(error: unknown): ServonautError | undefined {
  if (error instanceof Errors.ExitError) return undefined;
  return new ServonautError('internal', {
    message: error instanceof Error ? error.message : String(error),
    nextStep: 'Run it without --json, which shows where that was.',
    cause: error,
  });
}
