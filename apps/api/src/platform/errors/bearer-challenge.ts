import { errorRow, type ServonautError } from '@servonaut/contracts';

const REALM = 'Bearer realm="servonaut"';

/**
 * The `WWW-Authenticate` header that goes with an error (RFC 6750 section 3), or undefined when the error is not about the token. A
 * request without a token learns nothing but the scheme.
 */
export function bearerChallenge(error: ServonautError): string | undefined {
  if (error.code === 'unauthenticated') return REALM;
  if (error.code === 'insufficient_scope') {
    return `${REALM}, error="insufficient_scope", error_description="${quotable(error)}", scope="${String(error.facts['scope'])}"`;
  }
  if (errorRow(error.code).http !== 401) return undefined;
  return `${REALM}, error="invalid_token", error_description="${quotable(error)}"`;
}

/** A quoted string of RFC 6750 takes neither quotes nor backslashes nor anything outside ASCII. */
function quotable({ message }: ServonautError): string {
  return message.replace(/[^\x20-\x7e]|["\\]/g, "'");
}
