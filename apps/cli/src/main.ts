import { readFileSync } from 'node:fs';

const packageJson = new URL('../package.json', import.meta.url);

/** As oclif prints it. Asked for so often by scripts that it does not wait for oclif and its plugins to load. */
function versionLine(): string {
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string };
  return `servonaut/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
}

/** Runs one command line and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(versionLine());
    return;
  }
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(argv, packageJson.href);
}
