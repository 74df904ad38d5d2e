/** Where the authorization server answers. Clients learn these from its metadata; people type `/device`. */
export const OAUTH_PATHS = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  jwks: '/oauth/jwks',
  device_authorization: '/oauth/device',
  code_verification: '/device',
} as const;

/** Where people sign in for a flow; below it, `/:uid` names the flow, and the library's cookie is bound to that path. */
export const SIGN_IN_PATH = '/sign-in';

/**
 * In small letters alone, but for the name of a flow. The library knows its paths in any letters and with a slash at the end; limits and rules stand
 * before it under one spelling.
 */
const OWN = /^\/oauth\/(?:authorize\/[^/]+|[a-z]+)$|^\/device(?:\/[^/]*)?$/;

/** RFC 8414 section 3.1 puts what follows the host behind the well-known part; clients that hold the address of `/mcp` for an issuer do so too, or append. */
const METADATA = /^(?:\/mcp)?(\/\.well-known\/(?:oauth-authorization-server|openid-configuration))(?:\/[\w/]*)?$/;

/** The way back into a flow. */
const RESUME = /^\/(?:oauth\/authorize|device)\/[^/]/;

/**
 * The path and query by which the library knows a request; undefined when the request is not for the authorization server.
 * @param path of the request, without its query
 * @param query with its question mark, or empty
 */
export function libraryUrl(path: string, query: string): string | undefined {
  const metadata = METADATA.exec(path)?.[1];
  if (metadata !== undefined) return metadata;
  if (!OWN.test(path)) return undefined;
  // It takes no parameters, and the library fails on an unknown flow with a known `client_id` (500).
  return RESUME.test(path) ? path : path + query;
}
