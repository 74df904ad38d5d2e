import type { SshTarget } from '../../inventory/server.ts';
import { admitHostKey, hostKeyPlace, recordedHostKeys } from '../host-key-check.ts';
import { JumpHosts } from '../route/jump-hosts.ts';
import { openRoute } from '../route/open-route.ts';
import { planAuth } from '../ssh-auth.ts';
import { openSshClient } from '../ssh-client.ts';
import type { SshSettings } from '../ssh-settings.ts';
import type { UnlockedKeys } from '../unlocked-keys.ts';
import type { ControlFolder } from './control-folder.ts';
import type { Link } from './link.ts';
import { strategyFor } from '../link-strategy.ts';
import { LocalLink } from './local-link.ts';
import type { KeepAlive } from './openssh-arguments.ts';
import { openOpensshLink } from './openssh-link.ts';
import type { Ssh2Link } from './ssh2-link.ts';

/** What links share. */
export interface LinkParts {
  readonly settings: SshSettings;
  readonly jumpHosts: JumpHosts;
  readonly controlFolder: ControlFolder;
  /** Aborts, with a ServonautError as its reason, when the link is not wanted any more before it is there. */
  readonly signal: AbortSignal;
  readonly keys: UnlockedKeys;
}

/** Of the target, where it has its own, and ours otherwise. */
export const linkTimes = (target: SshTarget, settings: SshSettings): KeepAlive => ({
  connectTimeoutMs: target.connectTimeoutMs ?? settings.ssh_connect_timeout_ms,
  keepAliveMs: target.keepAliveMs ?? settings.ssh_keep_alive_ms,
});

/** Milliseconds after which a connect is given up, whatever it waits for: what the machines on its way may take to answer comes on top of our setting. */
export function openTimeoutMs(target: SshTarget, settings: SshSettings): number {
  return [...target.jumps, target].reduce(
    (sum, stop) => sum + linkTimes(stop, settings).connectTimeoutMs,
    settings.ssh_open_timeout_ms,
  );
}

async function openSsh2Link(
  name: string,
  target: SshTarget,
  { settings, jumpHosts, keys, signal }: Omit<LinkParts, 'controlFolder'>,
): Promise<Ssh2Link> {
  const [auth, known] = await Promise.all([planAuth(target, keys), recordedHostKeys(target)]);
  const { connectTimeoutMs: timeoutMs, keepAliveMs } = linkTimes(target, settings);
  return openSshClient({
    name,
    target,
    auth,
    timeoutMs,
    keepAliveMs,
    signal,
    recordedKeyTypes: known.keyTypes(hostKeyPlace(target)),
    openSocket: () => openRoute({ name, target, jumpHosts, timeoutMs }),
    checkHostKey: (key) => admitHostKey(name, key, known, target),
  });
}

/** Jump hosts, each reached over those before it. @param makeRoom called before one is connected to; may throw */
export function jumpHostsOf(settings: SshSettings, keys: UnlockedKeys, makeRoom: () => void): JumpHosts {
  const jumpHosts: JumpHosts = new JumpHosts({
    connect: (name, target, signal) => {
      makeRoom();
      return openSsh2Link(name, target, { settings, jumpHosts, keys, signal });
    },
    openTimeoutMs: (target) => openTimeoutMs(target, settings),
    idleMs: settings.ssh_idle_ms,
  });
  return jumpHosts;
}

/**
 * Opens the way to a server that its target asks for.
 * @param name its name in the inventory, for errors
 * @throws ServonautError as `strategyFor`, `openSshClient` and `openOpensshLink`
 */
export async function openLink(name: string, target: SshTarget, parts: LinkParts): Promise<Link> {
  switch (await strategyFor(name, target)) {
    case 'ssh2':
      return openSsh2Link(name, target, parts);
    case 'openssh':
      return openOpensshLink(name, target, linkTimes(target, parts.settings), parts.controlFolder, parts.signal);
    case 'local':
      return new LocalLink();
  }
}
