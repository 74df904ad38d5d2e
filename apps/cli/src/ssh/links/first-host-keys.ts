import { readFile, rm } from 'node:fs/promises';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { runSsh } from '../../inventory/ssh-program.ts';
import { admitHostKey, hostKeyPlace, recordedHostKeys } from '../host-key-check.ts';
import { jumpHostName, onTheWay } from '../route/on-the-way.ts';
import { connectTimedOut } from '../ssh-failure.ts';
import type { ControlFolder } from './control-folder.ts';
import { keyAskingArguments, type KeepAlive } from './openssh-arguments.ts';
import { takeHopLogs } from './hop-logs.ts';
import { opensshFailure } from './openssh-failure.ts';

/** As a shell says it. */
const NO_SUCH_PROGRAM = 127;

/** The connect, its route, and ssh(1) itself: somewhat longer than it may take to connect. */
const SPARE_MS = 2_000;

export interface FirstHostKeyOptions {
  readonly times: KeepAlive;
  /** Where the key is put that a server shows, for as long as it is looked at. */
  readonly folder: ControlFolder;
  /** Ends what has been begun when it aborts. */
  readonly closing: AbortSignal;
}

/** A line of known_hosts that ssh(1) has written. */
async function keyIn(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const key = text.trim().split(/\s+/)[2];
  return key === undefined ? undefined : Buffer.from(key, 'base64');
}

/**
 * The key that a machine shows to ssh(1), which offers it no log-in. Nothing where ssh(1) knows the key by itself, from a `KnownHostsCommand`.
 * @throws ServonautError as `opensshFailure`, or `connect_timeout`
 */
async function shownKey(
  name: string,
  target: SshTarget,
  { times, folder, closing }: FirstHostKeyOptions,
): Promise<Buffer | undefined> {
  const path = await folder.newSocket();
  const timeoutMs = times.connectTimeoutMs + SPARE_MS;
  const hops = target.jumps.length;
  try {
    const answer = await runSsh('ssh', keyAskingArguments(target, path, times), timeoutMs, closing);
    const key = await keyIn(path);
    if (key) return key;
    if (answer?.exitCode === null) throw connectTimedOut(name, timeoutMs);
    const [complaint, status] = [answer?.stderr ?? '', answer?.exitCode ?? NO_SUCH_PROGRAM];
    const failure = opensshFailure(name, target, { complaint, hops: await takeHopLogs(path, hops), status });
    if (failure.code !== 'ssh_auth_failed') throw failure;
    return undefined;
  } finally {
    await Promise.all([rm(path, { force: true }), takeHopLogs(path, hops)]);
  }
}

async function admitFirstHostKey(name: string, target: SshTarget, options: FirstHostKeyOptions): Promise<void> {
  if (target.strictHostKeyChecking !== 'accept-new') return;
  const known = await recordedHostKeys(target);
  const place = hostKeyPlace(target);
  if (known.keyTypes(place).length > 0 || known.isCertifiedOnly(place)) return;
  const key = await shownKey(name, target, options);
  const distrust = key && (await admitHostKey(name, key, known, target));
  if (distrust) throw distrust;
}

/**
 * Puts the first keys of a server and of the jump hosts on the way to it on record where `StrictHostKeyChecking` says so, as `ssh2` does: read
 * back before anything is offered to them. ssh(1) itself would go on with a key that was not kept, and the next one could not be told from it.
 * @throws ServonautError as `admitHostKey` and `opensshFailure`, or `connect_timeout`
 */
export async function admitFirstHostKeys(name: string, target: SshTarget, options: FirstHostKeyOptions): Promise<void> {
  const { jumps } = target;
  for (const [index, jump] of jumps.entries()) {
    const stop = { ...jump, jumps: jumps.slice(0, index) };
    await admitFirstHostKey(jumpHostName(jump), stop, options).catch((error: unknown) => {
      throw error instanceof ServonautError ? onTheWay(name, error) : error;
    });
  }
  await admitFirstHostKey(name, target, options);
}
