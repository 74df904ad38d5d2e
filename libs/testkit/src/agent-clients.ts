import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { requireProgram } from './find-program.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What is fetched, and the hash of each file of it. */
const LOCKED = join(ROOT, 'tools/agent-clients');
const FETCHED = join(ROOT, 'node_modules/.cache/servonaut/agent-clients');
/** About 100 MB on the wire. */
const FETCH_TIMEOUT_MS = 600_000;

/** By the file that Node runs. The installer that would put Claude Code's binary in place of a stub is not run; this starts the binary. */
const PROGRAMS = {
  'claude-code': '@anthropic-ai/claude-code/cli-wrapper.cjs',
  inspector: '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
  'mcp-remote': 'mcp-remote/dist/proxy.js',
} as const;

/** Clients of other makers, which people connect to us with. */
export type AgentClientName = keyof typeof PROGRAMS;

/** Whether {@link fetchAgentClients} has been here. */
export function agentClientsFetched(): boolean {
  return existsSync(folder());
}

/** Path of a client, which Node runs. @throws Error where it was not fetched. */
export function agentClientProgram(name: AgentClientName): string {
  if (!agentClientsFetched()) throw new Error(`${name} was not fetched: "npm test" does that, or says why it cannot`);
  return join(folder(), 'node_modules', PROGRAMS[name]);
}

/**
 * Fetches the clients that the tests connect with, where they were not fetched yet: by npm, in the versions and with the hashes of
 * the lock file, and without running a script of theirs. What an earlier lock file had fetched is removed.
 */
export async function fetchAgentClients(): Promise<void> {
  if (agentClientsFetched()) return;
  await rm(FETCHED, { recursive: true, force: true });
  const unfinished = `${folder()}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await copyFile(join(LOCKED, name), join(unfinished, name));
  await promisify(execFile)(requireProgram('npm'), ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: unfinished,
    timeout: FETCH_TIMEOUT_MS,
  });
  await rename(unfinished, folder());
}

/** Named by a hash of the lock file, so that it is there whole or not at all. */
function folder(): string {
  const lock = readFileSync(join(LOCKED, 'package-lock.json'));
  return join(FETCHED, createHash('sha256').update(lock).digest('hex').slice(0, 16));
}
