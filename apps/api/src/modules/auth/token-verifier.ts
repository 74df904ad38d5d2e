import type { Principal } from './principal.ts';

/** Which door a token is shown at: an access token is for one of them (RFC 8707). Credentials are for both. */
export type Audience = 'mcp' | 'api';

/** Port: from the text of a bearer token to a principal. */
export abstract class TokenVerifier {
  /**
   * @param address of the request, as `TRUST_PROXY` lets it be believed; undefined when its connection is gone
   * @throws ServonautError `token_invalid`, `token_expired`, `token_revoked` or `address_not_allowed`. The last three only to a caller who holds the
   * right secret, so that the answer tells nothing about other people's tokens.
   */
  abstract verify(token: string, audience: Audience, address: string | undefined): Promise<Principal>;

  /**
   * The principal as it is now. For streams that outlive the token they were opened with: asks whether what it was given by is in force, and
   * not whether the token has expired since.
   * @param address as for `verify`
   * @throws ServonautError `token_revoked`, or `token_expired` when a credential has, or `address_not_allowed`.
   */
  abstract recheck(principal: Principal, address: string | undefined): Promise<Principal>;
}

/** `/mcp` and all below it, in any letters, as routes are found, is the door of agents; everything else is the interface. */
export function audienceOf(path: string): Audience {
  return /^\/mcp(?:\/|$)/i.test(path) ? 'mcp' : 'api';
}
