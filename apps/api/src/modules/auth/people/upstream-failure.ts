import { ServonautError } from '@servonaut/contracts';
import * as client from 'openid-client';

/** What is about this sign-in, and not about the provider: a person who says no, a code or an ID token that is not good. */
const ABOUT_THE_SIGN_IN = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);

/** Errors of RFC 6749 sections 4.1.2.1 and 5.2 by which a provider says no to a person, rather than that something is wrong with it or with us. */
const SAID_NO = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'invalid_grant',
]);

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** No provider names its errors otherwise (RFC 6749 section 4.1.2.1); whatever else comes in a URL is a stranger's. */
const ERROR_NAME = /^[\w.-]{1,64}$/;

/** What somebody is told when a sign-in at the provider fails: that it was refused, or that the provider does not do its part. */
export function upstreamFailure(error: unknown): ServonautError {
  return ABOUT_THE_SIGN_IN.has(String((error as Failure).code)) || SAID_NO.has(errorNamed(error))
    ? upstreamRefusal()
    : unavailable(error);
}

/** One sentence for all: who is known here is nobody's business. */
export function upstreamRefusal(): ServonautError {
  return new ServonautError('sign_in_refused', {
    message: 'The sign-in was refused, has taken too long, or is not that of anybody here.',
  });
}

/**
 * For the log: kinds and names, none of the messages that come from outside. A body that is not JSON would be quoted in one, and with it a token.
 */
export function whatFailed(error: unknown): string {
  const told = chain(error).flatMap((one) => [one.name, one.code, errorNamed(one)]);
  return told.filter((text) => typeof text === 'string' && ERROR_NAME.test(text)).join(', ');
}

/** An error with what caused it, and so on. */
function chain(error: unknown): Failure[] {
  return typeof error === 'object' && error !== null ? [error, ...chain((error as Failure).cause)] : [];
}

function errorNamed(error: unknown): string {
  const named = error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError;
  return named && ERROR_NAME.test(error.error) ? error.error : '';
}

function unavailable(cause: unknown): ServonautError {
  return new ServonautError('sign_in_unavailable', { detail: whatFailed(cause) });
}
