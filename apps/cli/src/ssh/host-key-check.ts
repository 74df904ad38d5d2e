import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../inventory/server.ts';
import { fingerprint, keyType, rsaBits } from './host-key.ts';
import { readKnownHosts } from './known-hosts-file.ts';
import type { HostKeyPlace, KnownHosts } from './known-hosts.ts';

export function hostKeyPlace(target: SshTarget): HostKeyPlace {
  return { host: target.host, port: target.port, alias: target.hostKeyAlias };
}

/** The host keys on record for a target, in the operator's files and the system's. */
export function recordedHostKeys(target: SshTarget): Promise<KnownHosts> {
  return readKnownHosts([...target.userKnownHostsFiles, ...target.globalKnownHostsFiles], target.revokedHostKeysFile);
}

/** Why a host key is not to be trusted, or nothing when it is on record. `StrictHostKeyChecking no` is never obeyed. */
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
        message: `The host key of ${name} is not known: it showed ${shown}.`,
        nextStep: `Compare the fingerprint with the server's own, then run "servonaut servers trust ${name}".`,
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
