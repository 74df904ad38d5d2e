import { errorRow, type ServonautError } from '@servonaut/contracts';
import type { WayIn } from '../access/authentication.ts';

/**
 * The `WWW-Authenticate` header that goes with an error (RFC 6750 section 3, RFC 9728 section 5.1), or undefined when the error is not about the
 * token. An agent that has nothing but the address of the coordinator begins its sign-in with it. Says nothing of the error to a request without a
 * token.
 * @param wayIn of the route, if it has one
 */
export function bearerChallenge(error: ServonautError, wayIn?: WayIn): string | undefined {
  const code = challengeCode(error);
  if (code === undefined) return undefined;
  const needed = error.facts['scope'] ?? wayIn?.scope;
  const parameters = {
    realm: 'servonaut',
    ...(code !== null && { error: code, error_description: quotable(error.message) }),
    ...(typeof needed === 'string' && { scope: quotable(needed) }),
    ...(wayIn && { resource_metadata: wayIn.resourceMetadata }),
  };
  return `Bearer ${Object.entries(parameters)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}`;
}

/** Undefined: no challenge. Null: one without an error, since no token was shown. */
function challengeCode({ code }: ServonautError): string | null | undefined {
  if (code === 'unauthenticated') return null;
  if (code === 'insufficient_scope') return code;
  return errorRow(code).http === 401 ? 'invalid_token' : undefined;
}

/** A quoted string of RFC 6750 takes neither quotes nor backslashes nor anything outside ASCII. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "'");
}
