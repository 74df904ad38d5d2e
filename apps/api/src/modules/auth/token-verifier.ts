import type { Principal } from './principal.ts';

/** Port: from the text of a bearer token to a principal. */
export abstract class TokenVerifier {
  /**
   * @throws ServonautError `token_invalid`, `token_expired` or `token_revoked`. The last two only to a caller who holds the
   * right secret, so that the answer tells nothing about other people's tokens.
   */
  abstract verify(token: string): Promise<Principal>;
}
