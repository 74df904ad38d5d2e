import { randomUUID } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';
import { sh } from '@servonaut/plugin-sdk';
import { Limited } from '../inventory/limited.ts';
import type { Server } from '../inventory/server.ts';
import type { Session } from '../session/session.ts';
import type { RemoteShell } from '../ssh/remote-shell.ts';
import { legacyAlgorithms } from '../ssh/legacy-algorithms.ts';
import { within } from '../ssh/side-command.ts';
import type { AskPassphrase } from '../ssh/unlocked-keys.ts';
import { asServonautError } from '../ui/render-error.ts';
import { operatorShell } from './operator-shell.ts';
import { sessionInventory } from './session-inventory.ts';
import { unlockKeys } from './unlock-keys.ts';

export interface ServerTest {
  readonly name: string;
  /** Milliseconds to connect and log in; null when that failed. */
  readonly connectMs: number | null;
  /** Milliseconds of one command on the warm connection; null when it failed. */
  readonly execMs: number | null;
  readonly error: ServonautError | null;
  /** Algorithms that the configuration allows for this server although they are considered safe no more. */
  readonly legacy: readonly string[];
}

export interface TestLimits {
  /** Milliseconds that each command may take, connecting included. */
  readonly timeoutMs: number;
  /** Most servers that are tested at once. */
  readonly parallel: number;
}

const LIMITS: TestLimits = { timeoutMs: 30_000, parallel: Infinity };
const NEVER = new AbortController().signal;

/** Connects, logs in and runs `true` twice: once cold, once warm. */
async function testServer(server: Server, shell: RemoteShell, timeoutMs: number): Promise<Omit<ServerTest, 'legacy'>> {
  const run = () => shell.exec(server, sh`true`, { requestId: randomUUID(), timeoutMs, signal: NEVER });
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

/** None where the configuration is wrong, or is read to no end, which the test says. */
async function legacyOf(server: Server, timeoutMs: number): Promise<string[]> {
  const reading = server.target().catch(() => undefined);
  const target = await within(timeoutMs, reading);
  return target ? [...new Set(Object.values(await legacyAlgorithms(target)).flat())] : [];
}

/**
 * Tests one server of a profile, or all at once.
 * @param ask asks for the passphrases of key files; without it nobody is asked
 * @throws ServonautError `unknown_server`, `config_invalid`
 */
export async function testServers(session: Session, name?: string, ask?: AskPassphrase): Promise<ServerTest[]> {
  const inventory = await sessionInventory(session);
  return testEach(session, name === undefined ? inventory.servers : [inventory.get(name)], LIMITS, ask);
}

/** Tests these servers. @param ask as for `testServers` */
export async function testEach(
  session: Session,
  servers: readonly Server[],
  { timeoutMs, parallel }: TestLimits,
  ask?: AskPassphrase,
): Promise<ServerTest[]> {
  const { shell, keys } = operatorShell(session);
  if (ask) await unlockKeys(servers, keys, ask);
  const test = async (server: Server): Promise<ServerTest> => ({
    ...(await testServer(server, shell, timeoutMs)),
    legacy: await legacyOf(server, timeoutMs),
  });
  const limited = new Limited(parallel);
  try {
    return await Promise.all(servers.map((server) => limited.run(() => test(server))));
  } finally {
    shell.close();
  }
}
