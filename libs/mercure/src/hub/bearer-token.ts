import type { IncomingMessage } from 'node:http';

/** `refused`: a token was offered in a way that is not allowed; it is never the same as having offered none. */
export type OfferedToken = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'none' | 'refused' };

const PREFIX = 'Bearer ';
/** No signed token is shorter: header, claims and an HS256 signature of 43 characters. */
const MIN_TOKEN_LENGTH = 41;
const COOKIE_NAME = 'mercureAuthorization';

const NONE: OfferedToken = { kind: 'none' };
const REFUSED: OfferedToken = { kind: 'refused' };

/**
 * Finds the token of a request: Authorization header, then the `authorization` query parameter, then the
 * `mercureAuthorization` cookie. The first that is there decides, even when it is wrong. As in the reference hub, a
 * cookie may authorise a POST only from an allowed origin, for browsers send it along with forged requests.
 */
export function findToken(
  request: IncomingMessage,
  query: URLSearchParams,
  publishOrigins: readonly string[],
): OfferedToken {
  const headers = request.headersDistinct['authorization'];
  if (headers !== undefined) {
    const [header] = headers;
    if (headers.length !== 1 || !header?.startsWith(PREFIX)) return REFUSED;
    return offered(header.slice(PREFIX.length));
  }
  const parameters = query.getAll('authorization');
  if (parameters.length > 0) return parameters.length === 1 ? offered(parameters[0]) : REFUSED;
  const cookie = readCookie(request.headers.cookie, COOKIE_NAME);
  if (cookie === undefined) return NONE;
  return request.method !== 'POST' || isAllowedOrigin(request, publishOrigins) ? offered(cookie) : REFUSED;
}

function offered(token: string | undefined): OfferedToken {
  return token !== undefined && token.length >= MIN_TOKEN_LENGTH ? { kind: 'token', token } : REFUSED;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key, ...value] = pair.split('=');
    if (key?.trim() === name)
      return value
        .join('=')
        .trim()
        .replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, referer } = request.headers;
  const source = origin ?? (referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined);
  return source !== undefined && allowed.includes(source);
}
