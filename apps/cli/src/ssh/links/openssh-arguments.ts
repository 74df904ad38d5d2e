import { quote } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { hopLog } from './hop-logs.ts';

export interface KeepAlive {
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
}

const inSeconds = (milliseconds: number) => String(Math.max(1, Math.ceil(milliseconds / 1_000)));
/** A value in which no token of ssh_config(5) is meant. */
const literal = (value: string) => value.replaceAll('%', '%%');

/**
 * Options that win over the operator's file. Host keys are held to what `ssh2` holds them to: neither is one believed because its server is this
 * machine or because DNS says so, nor is one learnt from a server, nor accepted when it is the first: that one is on record before
 * (`admitFirstHostKeys`). Nobody can be asked, and nothing is forwarded or run that no command needs.
 */
function commonOptions(target: SshTarget, { connectTimeoutMs, keepAliveMs }: KeepAlive): Record<string, string> {
  return {
    StrictHostKeyChecking: 'yes',
    NoHostAuthenticationForLocalhost: 'no',
    VerifyHostKeyDNS: 'no',
    UpdateHostKeys: 'no',
    BatchMode: 'yes',
    ConnectTimeout: inSeconds(connectTimeoutMs),
    ServerAliveInterval: inSeconds(keepAliveMs),
    ServerAliveCountMax: String(target.keepAliveCountMax),
    ClearAllForwardings: 'yes',
    ForwardX11: 'no',
    Tunnel: 'no',
    RequestTTY: 'no',
    PermitLocalCommand: 'no',
    AddKeysToAgent: 'no',
    LogLevel: 'ERROR',
  };
}

/** What servers.yaml says beyond the operator's file, too, which names the server perhaps otherwise or not at all. */
function destination(target: SshTarget): string[] {
  const options = [`HostName=${literal(target.host)}`, `Port=${target.port}`, `User=${target.user}`];
  const keys = target.identityFiles.map((file) => `IdentityFile=${quoted(literal(file))}`);
  return [...options, ...keys].flatMap((option) => ['-o', option]);
}

/** A path within an option, where spaces would part it. */
const quoted = (path: string) => (/\s/.test(path) ? `"${path}"` : path);

const asOptions = (options: Record<string, string>) =>
  Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

const configuration = ({ sshConfigPath }: SshTarget) => (sshConfigPath === undefined ? [] : ['-F', sshConfigPath]);

/**
 * A `ProxyCommand` in place of the `ProxyJump` of the file: ssh(1) would give the ssh(1) that it starts for that none of the options that win, so
 * that a jump host could be one whose key nobody has checked.
 */
function throughJumps(jumps: readonly SshTarget[], to: SshTarget, times: KeepAlive, path: string): string[] {
  const jump = jumps.at(-1);
  if (!jump) return [];
  const args = [
    ...configuration(jump),
    '-E',
    hopLog(path, jumps.length - 1),
    ...asOptions({ ...commonOptions(jump, times), ControlMaster: 'no', ControlPath: 'none', ForwardAgent: 'no' }),
    ...throughJumps(jumps.slice(0, -1), jump, times, path),
    ...destination(jump),
    '-W',
    `[${to.host}]:${to.port}`,
    '--',
    jump.destination,
  ];
  return ['-o', `ProxyCommand=${literal(['ssh', ...args].map(quote).join(' '))}`];
}

/** Versions before 8.2 know no other agent than the one that logs in. */
function forwardedAgent({ forwardAgent, agentSocket }: SshTarget): string {
  if (forwardAgent === undefined) return 'no';
  return forwardAgent === agentSocket ? 'yes' : quoted(forwardAgent);
}

/** Arguments of the ssh(1) that connects to `target` by the way that its jump hosts are. @param path see `hopLog` */
function connecting(target: SshTarget, times: KeepAlive, path: string, own: Record<string, string>): string[] {
  return [
    ...configuration(target),
    '-N',
    '-T',
    ...asOptions({ ...commonOptions(target, times), ...own }),
    ...throughJumps(target.jumps, target, times, path),
    ...destination(target),
    '--',
    target.destination,
  ];
}

/** Arguments of the ssh(1) that is the control master for `target`, with its socket at `controlPath`. */
export function masterArguments(target: SshTarget, controlPath: string, times: KeepAlive): string[] {
  return connecting(target, times, controlPath, {
    ControlMaster: 'yes',
    ControlPath: controlPath,
    ControlPersist: 'no',
    ForwardAgent: forwardedAgent(target),
  });
}

/**
 * Arguments of an ssh(1) that puts the key which `target` shows into the file at `keyPath`, whatever is on record, and offers it no log-in. The jump
 * hosts on the way are logged in to, and have to be on record.
 */
export function keyAskingArguments(target: SshTarget, keyPath: string, times: KeepAlive): string[] {
  return connecting(target, times, keyPath, {
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: literal(keyPath),
    GlobalKnownHostsFile: '/dev/null',
    PreferredAuthentications: 'none',
    ControlMaster: 'no',
    ControlPath: 'none',
    ForwardAgent: 'no',
  });
}
