import { ServonautError } from '@servonaut/contracts';
import type { AuthenticationResponseJSON, RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server';
import type { RelyingParty } from './relying-party.ts';

export type NewPasskeyAnswer = RegistrationResponseJSON;
export type PasskeyAnswer = AuthenticationResponseJSON;
export type PasskeyKey = Pick<WebAuthnCredential, 'id' | 'publicKey' | 'counter'>;

/** EdDSA, ES256 and RS256 (RFC 9053, RFC 8812): each device has one of them. */
export const KEY_ALGORITHMS: readonly number[] = [-8, -7, -257];

/** Loaded when the first passkey comes: it takes a tenth of the start-up, and not every coordinator has any. */
const library = () => import('@simplewebauthn/server');

/**
 * The key that a device has made. That its person was there and was verified by the device, which challenge and which origin it was made for, all
 * stand in what it answers (WebAuthn Level 3 section 7.1).
 * @throws ServonautError `sign_in_refused`.
 */
export async function verifiedKey(
  answer: NewPasskeyAnswer,
  challenge: string,
  party: RelyingParty,
): Promise<PasskeyKey> {
  const { verifyRegistrationResponse } = await library();
  const asked = { expectedChallenge: challenge, expectedOrigin: party.origin, expectedRPID: party.id };
  const checked = verifyRegistrationResponse({
    response: answer,
    ...asked,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...KEY_ALGORITHMS],
  });
  const { verified, registrationInfo } = await checked.catch(refuse);
  if (!verified) throw notRight();
  return registrationInfo.credential;
}

/**
 * The counter of the device, which is above that of the key unless the device does not count: otherwise there are two of it (section 7.2).
 * @throws ServonautError `sign_in_refused`.
 */
export async function verifiedCounter(
  answer: PasskeyAnswer,
  challenge: string,
  party: RelyingParty,
  key: PasskeyKey,
): Promise<number> {
  const { verifyAuthenticationResponse } = await library();
  const asked = { expectedChallenge: challenge, expectedOrigin: party.origin, expectedRPID: party.id };
  const checked = verifyAuthenticationResponse({
    response: answer,
    ...asked,
    credential: key,
    requireUserVerification: true,
  });
  const { verified, authenticationInfo } = await checked.catch(refuse);
  if (!verified) throw notRight();
  return authenticationInfo.newCounter;
}

/** Whatever the library does not like, hostile bytes included, is a wrong answer. */
function refuse(cause: unknown): never {
  throw notRight(cause);
}

function notRight(cause?: unknown): ServonautError {
  return new ServonautError('sign_in_refused', { message: 'This passkey was not accepted.', cause });
}
