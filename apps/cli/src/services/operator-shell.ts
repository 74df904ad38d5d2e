import { join } from 'node:path';
import type { Session } from '../session/session.ts';
import { SudoPasswords } from '../session/sudo-passwords.ts';
import { SshPool } from '../ssh/ssh-pool.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { sshSettings } from '../ssh/ssh-settings.ts';
import { UnlockedKeys } from '../ssh/unlocked-keys.ts';

/** What reaches the servers of a profile, with what the operator has entrusted to it. */
export function operatorShell(session: Session): { readonly shell: SshRemoteShell; readonly keys: UnlockedKeys } {
  const settings = sshSettings(session.settings);
  const keys = new UnlockedKeys();
  const passwords = new SudoPasswords(session);
  const pool = new SshPool(settings, join(session.paths.stateDir, 'control'), keys);
  const shell = new SshRemoteShell(settings, pool, { sudoPassword: (server, target) => passwords.get(server, target) });
  return { shell, keys };
}
