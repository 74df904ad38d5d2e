import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshKey } from './ssh-key.ts';

export interface SshTarget {
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly clientKey: SshKey;
  readonly hostKey: SshKey;
}

export interface SshClientFiles {
  /** The line of `known_hosts` for the target. */
  readonly hostKeyLine: string;
  readonly knownHostsPath: string;
  readonly sshConfigPath: string;
}

/** Writes what an operator would have in `~/.ssh`: `known_hosts` and `config`. */
export async function writeSshClientFiles(folder: string, target: SshTarget): Promise<SshClientFiles> {
  const knownHostsPath = join(folder, 'known_hosts');
  const sshConfigPath = join(folder, 'ssh_config');
  const hostKeyLine = `[${target.host}]:${target.port} ${target.hostKey.publicKey}`;
  await writeFile(knownHostsPath, `${hostKeyLine}\n`);
  await writeFile(sshConfigPath, sshConfig(target, knownHostsPath));
  return { hostKeyLine, knownHostsPath, sshConfigPath };
}

function sshConfig({ alias, host, port, user, clientKey }: SshTarget, knownHostsPath: string): string {
  return `Host ${alias}
  HostName ${host}
  Port ${port}
  User ${user}
  IdentityFile ${clientKey.path}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${knownHostsPath}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`;
}
