import { ServonautError } from '@servonaut/contracts';
import type { Session } from '../session/session.ts';
import { SudoPasswords } from '../session/sudo-passwords.ts';
import { sessionInventory } from './session-inventory.ts';

/**
 * Keeps the password that sudo asks for on a server, for the machine that the server is now.
 * @throws ServonautError `unknown_server`, `invalid_request` when none is given, `host_key_unknown`, those of `Server.target`, or `config_invalid` where nothing keeps it
 */
export async function keepSudoPassword(
  session: Session,
  server: string,
  give: () => Promise<string | undefined>,
  passwords = new SudoPasswords(session),
): Promise<void> {
  const target = await (await sessionInventory(session)).get(server).target();
  const password = await give();
  if (!password) throw new ServonautError('invalid_request', { message: 'No password was given; nothing was stored.' });
  await passwords.set(server, target, password);
}

/** Forgets it, also that of a server which is there no more. @throws ServonautError `config_invalid` when the keychain cannot be asked */
export async function forgetSudoPassword(
  session: Session,
  server: string,
  passwords = new SudoPasswords(session),
): Promise<void> {
  await passwords.remove(server);
}
