import { ServonautError } from '@servonaut/contracts';
import type { Server, SshTarget } from '../inventory/server.ts';
import type { Session } from '../session/session.ts';
import { inTime } from '../ssh/deadline.ts';
import { distrustOf, hostKeyPlace, recordedHostKeys, recordHostKey } from '../ssh/host-key-check.ts';
import { fingerprint, keyType } from '../ssh/host-key.ts';
import { ControlFolder } from '../ssh/links/control-folder.ts';
import { keyShownToSsh } from '../ssh/links/first-host-keys.ts';
import { strategyFor } from '../ssh/link-strategy.ts';
import { jumpHostsOf, linkTimes } from '../ssh/links/open-link.ts';
import { openRoute } from '../ssh/route/open-route.ts';
import { openSshClient } from '../ssh/ssh-client.ts';
import { connectTimedOut } from '../ssh/ssh-failure.ts';
import { sshSettings, type SshSettings } from '../ssh/ssh-settings.ts';
import { UnlockedKeys, type AskPassphrase } from '../ssh/unlocked-keys.ts';
import { sessionInventory } from './session-inventory.ts';
import { unlockKeysOf } from './unlock-keys.ts';

const NEVER = new AbortController().signal;

/** The key that a server shows, and what to do with it. */
export interface ShownHostKey {
  readonly name: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** Already on record. */
  readonly isTrusted: boolean;
  /** Puts the key on record, in the operator's first known_hosts file. @throws ServonautError `config_invalid` when that keeps nothing */
  trust(): Promise<void>;
}

/** One machine whose key is asked for: a server, or a jump host on the way to it. */
interface Stop {
  /** What the operator knows it by. */
  readonly name: string;
  readonly target: SshTarget;
}

/** Ends a connect as soon as the key is known: nothing is offered to a server that is not trusted yet. */
async function fetchHostKey(
  { name, target }: Stop,
  settings: SshSettings,
  keys: UnlockedKeys,
  onKey: (key: Buffer) => ServonautError,
  signal: AbortSignal,
): Promise<void> {
  const known = await recordedHostKeys(target);
  const jumpHosts = jumpHostsOf(settings, keys, () => undefined);
  const timeoutMs = target.connectTimeoutMs ?? settings.ssh_connect_timeout_ms;
  try {
    const client = await openSshClient({
      name,
      target,
      auth: { methods: [], hindrances: [] },
      timeoutMs,
      openSocket: () => openRoute({ name, target, jumpHosts, timeoutMs }),
      keepAliveMs: settings.ssh_keep_alive_ms,
      signal,
      recordedKeyTypes: known.keyTypes(hostKeyPlace(target)),
      checkHostKey: onKey,
    });
    client.end();
  } finally {
    jumpHosts.close();
  }
}

async function shownKey(stop: Stop, settings: SshSettings, keys: UnlockedKeys): Promise<Buffer> {
  const enough = new ServonautError('host_key_unknown');
  let shown: Buffer | undefined;
  const onKey = (key: Buffer) => {
    shown = Buffer.from(key);
    return enough;
  };
  const { ssh_open_timeout_ms: timeoutMs } = settings;
  const onTimeout = () => connectTimedOut(stop.name, timeoutMs);
  try {
    await inTime(timeoutMs, NEVER, onTimeout, (signal) => fetchHostKey(stop, settings, keys, onKey, signal));
  } catch (error) {
    if (error !== enough) throw error;
  }
  if (!shown) throw new ServonautError('server_unreachable', { message: `${stop.name} showed no host key.` });
  return shown;
}

/** By ssh(1), which may know the jump hosts on the way by their certificates, as our own client does not. */
async function keyBySsh({ name, target }: Stop, settings: SshSettings): Promise<Buffer> {
  const folder = new ControlFolder(undefined);
  try {
    const key = await keyShownToSsh(name, target, { times: linkTimes(target, settings), folder, closing: NEVER });
    if (key) return key;
  } finally {
    folder.close();
  }
  throw new ServonautError('invalid_request', {
    message: `ssh(1) knows the host key of ${name} by itself: there is none to trust.`,
    nextStep: 'Nothing is to be done.',
  });
}

type AskKey = (stop: Stop) => Promise<Buffer>;

async function shownBy(stop: Stop, ask: AskKey): Promise<ShownHostKey> {
  const { name, target } = stop;
  const key = await ask(stop);
  const distrust = distrustOf(name, key, await recordedHostKeys(target), target);
  if (distrust && distrust.code !== 'host_key_unknown') throw distrust;
  return {
    name,
    keyType: keyType(key),
    fingerprint: fingerprint(key),
    isTrusted: distrust === undefined,
    trust: () => recordHostKey(name, key, target),
  };
}

/** Where there is no way to it, as without ssh(1), a key on record may make one for our own client. */
const isBySsh = (name: string, target: SshTarget): Promise<boolean> =>
  strategyFor(name, target).then(
    (strategy) => strategy === 'openssh',
    () => false,
  );

async function isCertified(target: SshTarget): Promise<boolean> {
  return (await recordedHostKeys(target)).isCertifiedOnly(hostKeyPlace(target));
}

/**
 * Asks a server for its host key, and before it the jump hosts on the way: the first key that is not on record is the one to decide on, since
 * nothing is offered to its machine, and so nothing behind it is reached. A jump host that ssh(1) knows by its certificate authority has no key to
 * decide on.
 * @throws ServonautError `host_key_changed` when another key is on record: replacing it is not for a prompt to do
 */
export async function hostKeyOf(
  server: Server,
  settings: SshSettings,
  keys = new UnlockedKeys(),
): Promise<ShownHostKey> {
  const target = await server.target();
  if (target.strategy === 'local') {
    throw new ServonautError('invalid_request', {
      message: `${server.name} is this machine: there is no host key to trust.`,
      nextStep: 'Nothing is to be done.',
    });
  }
  const bySsh = await isBySsh(server.name, target);
  const ask: AskKey = (stop) => (bySsh ? keyBySsh(stop, settings) : shownKey(stop, settings, keys));
  for (const [index, hop] of target.jumps.entries()) {
    if (bySsh && (await isCertified(hop))) continue;
    const name = hop.inventoryName ?? `jump host ${index + 1} of ${server.name}`;
    const shown = await shownBy({ name, target: hop }, ask);
    if (!shown.isTrusted) return shown;
  }
  return shownBy({ name: server.name, target }, ask);
}

/**
 * `hostKeyOf` a server of a profile.
 * @param ask asks for the passphrases that jump hosts need; without it nobody is asked
 * @throws ServonautError `unknown_server` too
 */
export async function askHostKey(session: Session, name: string, ask?: AskPassphrase): Promise<ShownHostKey> {
  const server = (await sessionInventory(session)).get(name);
  const keys = new UnlockedKeys();
  const target = await server.target();
  if (ask && !(await isBySsh(name, target))) await unlockKeysOf(target.jumps, keys, ask);
  return hostKeyOf(server, sshSettings(session.settings), keys);
}

/** @throws ServonautError `host_key_changed` when the key is not the one that the operator expects */
export function checkFingerprint(shown: ShownHostKey, expected: string): void {
  if (shown.fingerprint === expected) return;
  throw new ServonautError('host_key_changed', {
    message: `${shown.name} showed ${shown.fingerprint}, not the fingerprint that was given. Nothing was stored.`,
    nextStep: 'Compare with the fingerprint on the server itself: "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub".',
  });
}
