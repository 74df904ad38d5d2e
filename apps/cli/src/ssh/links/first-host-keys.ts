import { readFile, rm } from 'node:fs/promises';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { runSsh } from '../../inventory/ssh-program.ts';
import { admitHostKey, hostKeyPlace, recordedHostKeys } from '../host-key-check.ts';
import { opensshHindrances } from '../locked-key-files.ts';
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

export interface HostKeyAsking {
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
 * The key that a machine shows to ssh(1), which offers it no log-in; the jump hosts on the way have to be known. Nothing where ssh(1) knows the key by
 * itself, from a `KnownHostsCommand`.
 * @throws ServonautError as `opensshFailure`, or `connect_timeout`
 */
export async function keyShownToSsh(
  name: string,
  target: SshTarget,
  { times, folder, closing }: HostKeyAsking,
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
    const own = opensshFailure(name, { jumps: [] }, { complaint, hops: [], status });
    if (own.code === 'ssh_auth_failed') return undefined;
    const [said, hindrances] = await Promise.all([takeHopLogs(path, hops), opensshHindrances(target)]);
    throw opensshFailure(name, target, { complaint, hops: said, status, hindrances });
  } finally {
    await Promise.all([rm(path, { force: true }), takeHopLogs(path, hops)]);
  }
}

async function admitFirstHostKey(name: string, target: SshTarget, options: HostKeyAsking): Promise<void> {
  if (target.strictHostKeyChecking !== 'accept-new') return;
  const known = await recordedHostKeys(target);
  const place = hostKeyPlace(target);
  if (known.keyTypes(place).length > 0 || known.isCertifiedOnly(place)) return;
  const key = await keyShownToSsh(name, target, options);
  const distrust = key && (await admitHostKey(name, key, known, target));
  if (distrust) throw distrust;
}

/**
 * Puts the first keys of a server and of the jump hosts on the way to it on record where `StrictHostKeyChecking` says so, as `ssh2` does: read
 * back before anything is offered to them. ssh(1) itself would go on with a key that was not kept, and the next one could not be told from it.
 * @throws ServonautError as `admitHostKey` and `opensshFailure`, or `connect_timeout`
 */
export async function admitFirstHostKeys(name: string, target: SshTarget, options: HostKeyAsking): Promise<void> {
  const { jumps } = target;
  for (const [index, jump] of jumps.entries()) {
    const stop = { ...jump, jumps: jumps.slice(0, index) };
    await admitFirstHostKey(jumpHostName(jump), stop, options).catch((error: unknown) => {
      throw error instanceof ServonautError ? onTheWay(name, error) : error;
    });
  }
  await admitFirstHostKey(name, target, options);
}
