import { randomUUID } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';
import { sh } from '@servonaut/plugin-sdk';
import type { Server } from '../inventory/server.ts';
import type { Session } from '../session/session.ts';
import type { RemoteShell } from '../ssh/remote-shell.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { sshSettings } from '../ssh/ssh-settings.ts';
import { asServonautError } from '../ui/render-error.ts';
import { sessionInventory } from './session-inventory.ts';

export interface ServerTest {
  readonly name: string;
  /** Milliseconds to connect and log in; null when that failed. */
  readonly connectMs: number | null;
  /** Milliseconds of one command on the warm connection; null when it failed. */
  readonly execMs: number | null;
  readonly error: ServonautError | null;
}

/** Longest time that the test of one server may take, in milliseconds. */
const TEST_TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;

/** Connects, logs in and runs `true` twice: once cold, once warm. */
async function testServer(server: Server, shell: RemoteShell): Promise<ServerTest> {
  const run = () =>
    shell.exec(server, sh`true`, { requestId: randomUUID(), timeoutMs: TEST_TIMEOUT_MS, signal: NEVER });
  try {
    const cold = await run();
    if (cold.exitCode !== 0)
      throw new ServonautError('tool_failed', { message: `"true" did not succeed on ${server.name}.` });
    const warm = await run();
    return { name: server.name, connectMs: cold.timings['connect'] ?? null, execMs: warm.durationMs, error: null };
  } catch (error) {
    const known = asServonautError(error);
    if (!known) throw error;
    return { name: server.name, connectMs: null, execMs: null, error: known };
  }
}

/** Tests one server of a profile, or all at once. @throws ServonautError `unknown_server`, `config_invalid` */
export async function testServers(session: Session, name?: string): Promise<ServerTest[]> {
  const inventory = await sessionInventory(session);
  const servers = name === undefined ? inventory.servers : [inventory.get(name)];
  const shell = new SshRemoteShell(sshSettings(session.settings));
  try {
    return await Promise.all(servers.map((server) => testServer(server, shell)));
  } finally {
    shell.close();
  }
}
