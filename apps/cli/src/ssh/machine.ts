import type { SshTarget } from '../inventory/server.ts';
import { hostKeyPlace, recordedHostKeys } from './host-key-check.ts';

/** Which machine and account a target leads to. A name in the inventory does not say that: whoever writes a source may give it to another one. */
export interface Machine {
  readonly place: readonly [isLocal: boolean, user: string, host: string, port: number, alias: string | null];
  /** Fingerprints of the host keys that it was known by. */
  readonly hostKeys: readonly string[];
}

/** @throws ServonautError `config_invalid` when a known_hosts file cannot be read */
export async function machineOf(target: SshTarget): Promise<Machine> {
  const { user, host, port, hostKeyAlias = null } = target;
  const isLocal = target.strategy === 'local';
  const known = isLocal ? undefined : await recordedHostKeys(target);
  return {
    place: [isLocal, user, host, port, hostKeyAlias],
    hostKeys: known?.fingerprints(hostKeyPlace(target)) ?? [],
  };
}

/** Whether a machine may be told from others: this one itself, or one with a host key on record. */
export const isRecognised = ({ place: [isLocal], hostKeys }: Machine): boolean => isLocal || hostKeys.length > 0;

/**
 * Whether a machine is still known by a key that it was known by before. A first key is accepted only where there is none on record, so one that
 * was accepted since is not among those.
 */
export function isSameMachine(before: Machine, now: Machine): boolean {
  if (JSON.stringify(before.place) !== JSON.stringify(now.place)) return false;
  return now.place[0] || now.hostKeys.some((key) => before.hostKeys.includes(key));
}
