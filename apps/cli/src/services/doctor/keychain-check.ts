import { KeychainTokenStore } from '../../session/keychain-token-store.ts';
import { systemKeychain } from '../../session/system-keychain.ts';
import { loginCommand } from '../../session/login-command.ts';
import { failure, ok, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** Of each second that the check may take: so that it says itself that nobody unlocked the keychain. */
const PATIENCE_MS = 450;

/** That what is put into the keychain is found again, where something of this profile is there. */
export async function keychainCheck(
  { session, credentials }: Patient,
  keychain = systemKeychain(session.settings.doctor_timeout_seconds.value * PATIENCE_MS),
): Promise<Seen[]> {
  const { paths } = session;
  const known = await credentials().catch(() => undefined);
  const isNeeded = known && 'sign_in' in known && known.sign_in.tokens_in === 'keychain';
  if (await new KeychainTokenStore(keychain, paths).works()) return [ok('It keeps what is put there.')];
  if (!isNeeded) return [ok('There is none that works, and no token is kept there.')];
  return [
    failure(
      'It does not work now, and has the tokens of this profile.',
      `Unlock it, or set token_store to "file" and run ${loginCommand(paths)}.`,
    ),
  ];
}
