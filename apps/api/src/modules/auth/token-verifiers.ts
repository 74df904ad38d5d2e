import { Injectable } from '@nestjs/common';
import { CredentialTokenVerifier } from './credentials/credential-token-verifier.ts';
import { AccessTokenVerifier } from './oauth/access-token-verifier.ts';
import type { Principal } from './principal.ts';
import { TokenVerifier, type Audience } from './token-verifier.ts';

/** Credentials and access tokens, on the same routes. What begins like a credential is never tried as anything else. */
@Injectable()
export class TokenVerifiers extends TokenVerifier {
  constructor(
    private readonly credentials: CredentialTokenVerifier,
    private readonly accessTokens: AccessTokenVerifier,
  ) {
    super();
  }

  verify(token: string, audience: Audience, address: string | undefined): Promise<Principal> {
    return token.startsWith('svn_')
      ? this.credentials.verify(token, address)
      : this.accessTokens.verify(token, audience);
  }

  recheck(principal: Principal, address: string | undefined): Promise<Principal> {
    return principal.kind === 'credential'
      ? this.credentials.recheck(principal, address)
      : this.accessTokens.recheck(principal);
  }
}
