import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, temporaryFolder, waitFor } from '@servonaut/testkit';

/** Bound for one run of a client, in which a person signs in. */
const RUN_TIMEOUT_MS = 30_000;

/** A person's machine, fresh: nothing is kept in its home, and what programs open in a browser is noted instead. */
export interface Desk {
  readonly home: string;
  /** All that a program on it sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The addresses that programs have opened in the browser so far. */
  opened(): string[];
  /** The `count`th of them, once it is there. */
  whenOpened(count: number): Promise<string>;
  /** Runs a program to its end. @returns what it said. @throws Error when it takes over 30 s. */
  run(command: string, args: readonly string[]): Promise<string>;
}

export async function aDesk(): Promise<Desk> {
  const folder = await temporaryFolder();
  const [home, browser, notes] = [join(folder, 'home'), join(folder, 'browser'), join(folder, 'opened')];
  mkdirSync(home);
  writeFileSync(notes, '');
  // What xdg-open(1), which clients ask to open an address, starts for it.
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${notes}'\n`, { mode: 0o755 });
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, BROWSER: browser, TERM: 'xterm' };
  const opened = (): string[] => readFileSync(notes, 'utf8').split('\n').filter(Boolean);
  const whenOpened = (count: number): Promise<string> =>
    waitFor(() => opened()[count - 1], { what: `opening ${count} in the browser`, timeoutMs: RUN_TIMEOUT_MS });
  return { home, env, opened, whenOpened, run: (command, args) => runToEnd(command, args, { home, env }) };
}

async function runToEnd(command: string, args: readonly string[], { home, env }: Pick<Desk, 'home' | 'env'>) {
  const gone = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const child = await startProcess({ command, args, cwd: home, env: { ...gone, ...env } });
  const late = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
  const { signal } = await child.exited;
  clearTimeout(late);
  if (signal) throw new Error(`${command} ${args.join(' ')} was ended (${signal}):\n${child.output()}`);
  return child.output();
}
