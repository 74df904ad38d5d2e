import type { SshTarget } from '../../inventory/server.ts';
import { distrustOf, hostKeyPlace, recordedHostKeys } from '../host-key-check.ts';
import { planAuth } from '../ssh-auth.ts';
import { openSshClient } from '../ssh-client.ts';
import type { SshSettings } from '../ssh-settings.ts';
import type { Link } from './link.ts';

async function openSsh2Link(name: string, target: SshTarget, settings: SshSettings): Promise<Link> {
  const [auth, known] = await Promise.all([planAuth(target), recordedHostKeys(target)]);
  return openSshClient({
    name,
    target,
    auth,
    timeoutMs: target.connectTimeoutMs ?? settings.ssh_connect_timeout_ms,
    keepAliveMs: target.keepAliveMs ?? settings.ssh_keep_alive_ms,
    recordedKeyTypes: known.keyTypes(hostKeyPlace(target)),
    checkHostKey: (key) => distrustOf(name, key, known, target),
  });
}

/**
 * Opens the way to a server that its target asks for.
 * @param name its name in the inventory, for errors
 * @throws ServonautError as `openSshClient`
 */
export function openLink(name: string, target: SshTarget, settings: SshSettings): Promise<Link> {
  return openSsh2Link(name, target, settings);
}
