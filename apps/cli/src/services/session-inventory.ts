import { userInfo, type UserInfo } from 'node:os';
import { ServonautError } from '@servonaut/contracts';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import type { Session } from '../session/session.ts';

/** As ssh(1) does, from the account and not from `HOME`: both must read the same files. */
function account(): UserInfo<string> {
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

/** The servers of a profile. @throws ServonautError `config_invalid` */
export async function sessionInventory({
  paths,
  environment,
  settings,
}: Pick<Session, 'paths' | 'environment' | 'settings'>): Promise<Inventory> {
  const { homedir: home, username: user } = account();
  return loadInventory({
    configDir: paths.configDir,
    sshConfigPath: settings.ssh_config.value || undefined,
    account: { home, user, agentSocket: environment.sshAuthSock },
  });
}
