import { fileURLToPath } from 'node:url';
import { Errors, flush, run, settings, type Config } from '@oclif/core';
import { configWithPlugins } from './loaded-plugins.ts';
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
    config = await configWithPlugins(argv, fileURLToPath(root));
    await run([...argv], config);
    await flush();
  } catch (error) {
    const ours = asServonautError(error) ?? usageError(error, argv, config?.commands ?? []);
    if (!ours) return Errors.handle(error as Error);
    if (wantsJson(argv)) process.stdout.write(`${JSON.stringify(errorJson(ours))}\n`);
    else process.stderr.write(errorLines(ours));
    process.exitCode = exitCodeOf(ours);
  }
}
