import { homedir, userInfo } from 'node:os';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import type { Session } from '../session/session.ts';

/** The servers of a profile. @throws ServonautError `config_invalid` */
export function sessionInventory({ paths, environment }: Pick<Session, 'paths' | 'environment'>): Promise<Inventory> {
  return loadInventory({
    configDir: paths.configDir,
    account: {
      home: environment.home ?? homedir(),
      user: userInfo().username,
      agentSocket: environment.sshAuthSock,
    },
  });
}
