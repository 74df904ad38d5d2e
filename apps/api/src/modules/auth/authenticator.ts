import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { NextFunction, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import type { IdentifiedRequest, Verification } from '../../platform/access/authentication.ts';
import type { Principal } from './principal.ts';
import { Revocations } from './revocations.ts';
import { audienceOf, TokenVerifier } from './token-verifier.ts';

/** The `Authorization` header of RFC 6750 section 2.1. A token anywhere else is not looked at. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

type Identified = IdentifiedRequest<Principal>;

/** Finds out who is calling: before the body of a request is read, and whether that still holds when it has come. */
@Injectable()
export class Authenticator {
  readonly #believedMs: number;

  constructor(
    @Inject(APP_CONFIG) { auth }: AppConfig,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
  ) {
    this.#believedMs = auth.tokenCacheMs;
  }

  /**
   * Runs while of the request only its headers have been read, so that a stranger makes the coordinator parse nothing. Refuses nobody: some
   * routes are open, and only the guard knows which.
   */
  readonly handler = async (request: Identified, _response: Response, next: NextFunction): Promise<void> => {
    try {
      if (request.headers.authorization !== undefined) await this.#verify(request);
    } catch (refusal) {
      request.refusal = refusal as Error;
    }
    next();
  };

  /**
   * Who is calling now: a body may have been held back for minutes, until its token was good no more. Asks again only when that may be, so
   * that the answer to a quick request is no promise.
   * @throws ServonautError `unauthenticated`, or as `TokenVerifier.verify`
   */
  callerOf(request: Identified): Principal | Promise<Principal> {
    const { principal, verification, refusal } = request;
    if (!principal || !verification) throw refusal ?? new ServonautError('unauthenticated');
    return this.#stillHolds(principal, verification) ? principal : this.#verify(request);
  }

  #stillHolds({ expiresAt }: Principal, { at, revocations }: Verification): boolean {
    if (revocations !== this.revocations.count || performance.now() - at > this.#believedMs) return false;
    return expiresAt === null || expiresAt.getTime() > Date.now();
  }

  async #verify(request: Identified): Promise<Principal> {
    // Taken before: what is revoked during the look is looked at again.
    const verification = { at: performance.now(), revocations: this.revocations.count };
    const principal = await this.verifier.verify(
      bearerToken(request.headers.authorization ?? ''),
      audienceOf(request.path),
      request.ip,
    );
    Object.assign(request, { principal, verification });
    return principal;
  }
}

function bearerToken(header: string): string {
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return token;
  throw new ServonautError('token_invalid', { message: 'The Authorization header holds no bearer token.' });
}
