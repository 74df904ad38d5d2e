import type { Chance } from './chance.ts';

/** Requests as somebody makes them who wants something to break. The same seed makes the same requests. */

/** What clients, crawlers and mistakes make of addresses, besides the routes that there are. */
const VARIANTS = [
  '/.well-known/oauth-authorization-server/mcp/sse',
  '/.well-known/oauth-authorization-server/%2e%2e/x',
  '/.well-known/openid-configuration/mcp',
  '/mcp/.well-known/openid-configuration',
  '/mcp/.well-known/oauth-authorization-server/%00',
  '/.well-known/oauth-protected-resource/mcp/sse',
  '/.well-known/oauth-protected-resource/%ff',
  '/.well-known/change-password',
  '/oauth',
  '/OAUTH/token',
  '/oauth/token/',
  '/oauth/sign-out',
  '/oauth/userinfo',
  '/oauth/authorize/unknown',
  '/device/',
  '/device/unknown',
  '/sign-in/unknown/consent/x',
  '//sign-in',
  '/account/%2e%2e/api/admin/users',
];

const NAMES = [
  'client_id client_secret code code_challenge code_challenge_method code_verifier claims device_code',
  'grant_type id_token_hint max_age nonce prompt redirect_uri refresh_token request request_uri',
  'resource response_mode response_type scope state token user_code xsrf confirm abort logout email',
  'password current answer form form_token attempt code offer challenge credential label back anew iss error',
  '__proto__ constructor',
].flatMap((line) => line.split(' '));

export const JUNK: readonly string[] = [
  '',
  '%00',
  '%',
  '\u0000',
  '\u202e',
  '__proto__',
  '[]',
  '{"a":',
  '<script>alert(1)</script>',
  "' or 1=1 --",
  '%ff%fe',
  'http://[::1',
  '-1',
  '1e999',
  'null',
  'NaN',
  '../../etc/passwd',
  'a@b',
  '{{7*7}}',
  '𝄞'.repeat(50),
  'a'.repeat(5_000),
];

const WORDS = [
  'code',
  'query',
  'form_post',
  'fragment',
  'authorization_code',
  'refresh_token',
  'S256',
  'plain',
  'none',
  'login',
  'consent',
  'openid offline_access',
  'mcp:tools',
  'admin',
  'servonaut-cli',
  'http://127.0.0.1/cb',
  'yes',
  'urn:ietf:params:oauth:grant-type:device_code',
  'https://client.example/metadata.json',
  'BBBB-BBBB',
];

const BODIES = [
  '{}',
  '[]',
  'null',
  '"x"',
  '{',
  '{"redirect_uris":[1]}',
  '{"redirect_uris":"x"}',
  '{"redirect_uris":[]}',
  '{"redirect_uris":["http://127.0.0.1/"],"grant_types":"x","jwks_uri":"https://127.0.0.1/x"}',
  '{"redirect_uris":["http://127.0.0.1/"],"client_name":{"a":1},"token_endpoint_auth_method":[]}',
  '{"redirect_uris":["javascript:alert(1)"],"contacts":[1],"sector_identifier_uri":"https://localhost/x"}',
  '{"__proto__":{"a":1},"redirect_uris":["http://127.0.0.1/"],"jwks":{"keys":[{}]}}',
  '{"redirect_uris":["http://127.0.0.1/"],"servonaut_policy":1,"scope":{},"response_types":["token"]}',
];

const TYPES = [
  'application/x-www-form-urlencoded',
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  'x',
];
const METHODS = ['GET', 'GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'];

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ['text/html', 'application/json', '*/*', 'x', ';;'],
  cookie: ['', 'svn_oauth=x', 'interaction=%00; svn_oauth=a.b', '=;;;', 'svn_session=x; svn_visitor=x; resume=x'],
  authorization: ['', 'Basic YTpi', 'Basic %%%', 'Bearer x', 'Bearer', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  'x-forwarded-host': ['', 'evil.example'],
};

/** What a stack trace, or a message from below the edge, looks like in an answer. */
export const INSIDES = /node_modules|\.[jt]s:\d+|TypeError|RangeError|drizzle|Failed query/;

interface HostileRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface HostileKnowledge {
  /** Of the routes that there are, parameters with a colon. */
  readonly paths: readonly string[];
  /** What a stranger can know: ids of clients, and whatever was answered to them. */
  readonly known: readonly string[];
}

/** Requests of somebody who has no account and tries whatever there is. */
export function* hostileRequests(
  chance: Chance,
  count: number,
  { paths, known }: HostileKnowledge,
): Generator<HostileRequest> {
  const addresses = [...paths, ...VARIANTS];
  const value = (): string => chance.pick([...known, ...WORDS, ...WORDS, ...JUNK]);
  const form = (): string =>
    Array.from({ length: 5 }, () => `${chance.pick(NAMES)}=${encodeURIComponent(value())}`).join('&');
  // Paths are logged: what is secret is nowhere asked for in one, but for invitations.
  const address = (): string =>
    chance
      .pick(addresses)
      .replaceAll(
        /:\w+|\{?\/?\*\w*\}?/g,
        (parameter) => (parameter.startsWith(':') ? '' : '/') + encodeURIComponent(chance.pick(JUNK).slice(0, 200)),
      );
  for (let made = 0; made < count; made++) {
    const method = chance.pick(METHODS);
    const type = chance.pick(TYPES);
    const query = chance.happens(0.7) ? form() : chance.pick(JUNK).replaceAll(/[^\x21-\x7e]/g, '%');
    const given = Object.entries(HEADERS).map(([name, values]) => [name, chance.pick(values)] as const);
    const headers = Object.fromEntries([...given.filter(([, text]) => text !== ''), ['content-type', type] as const]);
    const body = type === 'application/json' ? chance.pick(BODIES) : form();
    const hasBody = method !== 'GET' && method !== 'HEAD';
    yield { path: `${address()}?${query}`, method, headers, ...(hasBody && { body }) };
  }
}
