import { devNull } from 'node:os';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../inventory/server.ts';
import { fingerprint, keyType, rsaBits } from './host-key.ts';
import { appendKnownHost, readKnownHosts, whileLocked } from './known-hosts-file.ts';
import { recordedName, type HostKeyPlace, type KnownHosts } from './known-hosts.ts';

export function hostKeyPlace(target: SshTarget): HostKeyPlace {
  return { host: target.host, port: target.port, alias: target.hostKeyAlias };
}

/** The host keys on record for a target, in the operator's files and the system's. */
export function recordedHostKeys(target: SshTarget): Promise<KnownHosts> {
  return readKnownHosts([...target.userKnownHostsFiles, ...target.globalKnownHostsFiles], target.revokedHostKeysFile);
}

function unknownKey(name: string, shown: string, isCertified: boolean): Pick<ServonautError, 'message' | 'nextStep'> {
  if (!isCertified) {
    return {
      message: `The host key of ${name} is not known: it showed ${shown}.`,
      nextStep: `Compare the fingerprint with the server's own, then run "servonaut servers trust ${name}".`,
    };
  }
  return {
    message: `The host key of ${name} is on record by its certificate authority only; without the certificate it showed ${shown}.`,
    nextStep: `Let ssh(1), which checks host certificates, connect to it (ssh_strategy), or run "servonaut servers trust ${name}".`,
  };
}

/** Why a host key is not to be trusted, or nothing when it is on record. */
export function distrustOf(
  name: string,
  key: Buffer,
  known: KnownHosts,
  target: SshTarget,
): ServonautError | undefined {
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const bits = rsaBits(key);
  if (bits !== undefined && bits < target.requiredRsaBits) {
    return new ServonautError('host_key_changed', {
      message: `The host key of ${name} has ${bits} bits, fewer than RequiredRSASize allows: it showed ${shown}.`,
      nextStep: 'Give the server a longer key.',
      facts: { fingerprint: fingerprint(key) },
    });
  }
  switch (known.check(hostKeyPlace(target), key)) {
    case 'known':
      return undefined;
    case 'unknown':
      return new ServonautError('host_key_unknown', {
        ...unknownKey(name, shown, known.isCertifiedOnly(hostKeyPlace(target))),
        facts: { fingerprint: fingerprint(key) },
      });
    case 'changed':
      return new ServonautError('host_key_changed', {
        message: `The host key of ${name} is not the one on record: it showed ${shown}.`,
        facts: { fingerprint: fingerprint(key) },
      });
    case 'revoked':
      return new ServonautError('host_key_changed', {
        message: `The host key of ${name} is marked as revoked: it showed ${shown}.`,
        facts: { fingerprint: fingerprint(key) },
      });
  }
}

function notKept(name: string, path: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The host key of ${name} was not kept by the first known_hosts file of its SSH configuration.`,
    nextStep: 'Name a file that keeps it in UserKnownHostsFile of the SSH configuration.',
    detail: path,
  });
}

/**
 * Puts the first host key of a target on record, in the operator's first known_hosts file. What is on record is read again under a lock, so that of
 * two machines that show a first key for one place at once, one is believed. Reads back what it wrote: some files, as /dev/null, keep nothing.
 * @throws ServonautError as `distrustOf` when another key is there by now; `config_invalid` when there is no file, or it has not kept the key; as `whileLocked`
 */
export async function recordHostKey(name: string, key: Buffer, target: SshTarget): Promise<void> {
  const path = target.userKnownHostsFiles[0];
  if (path === undefined) {
    throw new ServonautError('config_invalid', {
      message: `The SSH configuration of ${name} names no known_hosts file.`,
    });
  }
  if (path === devNull) throw notKept(name, path);
  const place = hostKeyPlace(target);
  await whileLocked(path, async () => {
    const distrust = distrustOf(name, key, await recordedHostKeys(target), target);
    if (distrust?.code === 'host_key_unknown') {
      await appendKnownHost(path, { name: recordedName(place), key, hashed: target.hashKnownHosts });
      if ((await readKnownHosts([path])).check(place, key) !== 'known') throw notKept(name, path);
    } else if (distrust) throw distrust;
  });
}

/**
 * Why a host key is not to be trusted, or nothing when it is on record now. With `StrictHostKeyChecking accept-new`, or `no`, the first key that a
 * host shows is put there, before anything is offered to it; a host that has any other, a revoked one, or one without the certificate of the
 * authority that is on record for it, is refused all the same.
 * @param known what was on record before the connect
 * @throws ServonautError as `recordHostKey`
 */
export async function admitHostKey(
  name: string,
  key: Buffer,
  known: KnownHosts,
  target: SshTarget,
): Promise<ServonautError | undefined> {
  const distrust = distrustOf(name, key, known, target);
  if (distrust?.code !== 'host_key_unknown' || target.strictHostKeyChecking !== 'accept-new') return distrust;
  if (known.isCertifiedOnly(hostKeyPlace(target))) return distrust;
  await recordHostKey(name, key, target);
  return undefined;
}
