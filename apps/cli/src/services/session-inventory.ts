import { homedir, userInfo } from 'node:os';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import type { Session } from '../session/session.ts';

/** The servers of a profile. @throws ServonautError `config_invalid` */
export function sessionInventory({ paths, environment, settings }: Pick<Session, 'paths' | 'environment' | 'settings'>): Promise<Inventory> {
  return loadInventory({
    configDir: paths.configDir,
    sshConfigPath: settings.ssh_config.value || undefined,
    account: {
      home: environment.home ?? homedir(),
      user: userInfo().username,
      agentSocket: environment.sshAuthSock,
    },
  });
}
