import { join } from 'node:path';
import { userInfo, type UserInfo } from 'node:os';
import { ServonautError } from '@servonaut/contracts';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import type { Session } from '../session/session.ts';

/** Whose servers they are. As ssh(1) does, from the account and not from `HOME`: both must read the same files. */
export function operatorAccount(): UserInfo<string> {
  try {
    return userInfo();
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: 'The user of this process has no account on this machine.',
      nextStep: 'Run it as a user that /etc/passwd knows, as ssh(1) needs too.',
      cause,
    });
  }
}

/** Where a profile keeps what its inventory sources found. */
export function inventoryCacheDir(paths: Session['paths']): string {
  return join(paths.stateDir, 'inventory');
}

/** The servers of a profile. Asks no inventory source: what they found the last time is read. @throws ServonautError `config_invalid` */
export async function sessionInventory({
  paths,
  environment,
  settings,
}: Pick<Session, 'paths' | 'environment' | 'settings'>): Promise<Inventory> {
  const { homedir: home, username: user } = operatorAccount();
  return loadInventory({
    configDir: paths.configDir,
    cacheDir: inventoryCacheDir(paths),
    sshConfigPath: settings.ssh_config.value || undefined,
    strategy: settings.ssh_strategy.value,
    sshConfig: {
      timeoutMs: settings.ssh_config_timeout_ms.value,
      parallel: settings.ssh_config_parallel.value,
    },
    account: { home, user, agentSocket: environment.sshAuthSock },
  });
}
