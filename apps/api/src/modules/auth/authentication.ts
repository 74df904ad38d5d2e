import { ServonautError } from '@servonaut/contracts';
import type { NextFunction, Response } from 'express';
import type { IdentifiedRequest } from '../../platform/access/authentication.ts';
import type { Principal } from './principal.ts';
import { audienceOf, type TokenVerifier } from './token-verifier.ts';

/** The `Authorization` header of RFC 6750 section 2.1. A token anywhere else is not looked at. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

/**
 * Finds out who is calling while of the request only its headers have been read, so that a stranger makes the coordinator parse nothing.
 * Refuses nobody: some routes are open, and only the guard knows which.
 */
export function authentication(verifier: TokenVerifier) {
  return async (request: IdentifiedRequest<Principal>, _response: Response, next: NextFunction): Promise<void> => {
    const { authorization } = request.headers;
    if (authorization !== undefined) await identify(request, authorization, verifier);
    next();
  };
}

async function identify(request: IdentifiedRequest<Principal>, header: string, verifier: TokenVerifier): Promise<void> {
  try {
    request.principal = await verifier.verify(bearerToken(header), audienceOf(request.path));
  } catch (refusal) {
    request.refusal = refusal as Error;
  }
}

function bearerToken(header: string): string {
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return token;
  throw new ServonautError('token_invalid', { message: 'The Authorization header holds no bearer token.' });
}
