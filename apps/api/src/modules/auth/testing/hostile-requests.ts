/** Requests as somebody makes them who wants something to break. The same seed makes the same requests. */

const PATHS = [
  '/oauth/authorize',
  '/oauth/authorize/unknown',
  '/oauth/token',
  '/oauth/register',
  '/oauth/revoke',
  '/oauth/introspect',
  '/oauth/device',
  '/oauth/jwks',
  '/oauth/sign-out',
  '/oauth/userinfo',
  '/device',
  '/device/unknown',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-protected-resource/mcp',
  '/sign-in',
  '/sign-in/unknown',
  '/sign-in/unknown/consent',
  '/sign-out',
  '/account',
  '/account/password',
  '/account/sessions/x/end',
  '/account/agents/x/end',
  '/invitation/unknown',
  '/upstream/return',
];

const NAMES = [
  'client_id client_secret code code_challenge code_challenge_method code_verifier claims device_code',
  'grant_type id_token_hint max_age nonce prompt redirect_uri refresh_token request request_uri',
  'resource response_mode response_type scope state token user_code xsrf confirm abort logout email',
  'password answer form attempt __proto__ constructor',
].flatMap((line) => line.split(' '));

const JUNK = [
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
  cookie: ['', 'svn_oauth=x', 'svn_interaction=%00; svn_oauth=a.b', '=;;;', 'svn_session=x; svn_resume=x'],
  authorization: ['', 'Basic YTpi', 'Basic %%%', 'Bearer x', 'Bearer', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  'x-forwarded-host': ['', 'evil.example'],
};

export interface HostileRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @param known what a stranger can know: ids of clients, and whatever was answered to them */
export function* hostileRequests(seed: number, count: number, known: readonly string[]): Generator<HostileRequest> {
  const next = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const value = (): string => pick([...known, ...WORDS, ...WORDS, ...JUNK]);
  const form = (): string => Array.from({ length: 5 }, () => `${pick(NAMES)}=${encodeURIComponent(value())}`).join('&');
  for (let made = 0; made < count; made++) {
    const method = pick(METHODS);
    const type = pick(TYPES);
    const query = next() < 0.7 ? form() : pick(JUNK).replaceAll(/[^\x21-\x7e]/g, '%');
    const given = Object.entries(HEADERS).map(([name, values]) => [name, pick(values)] as const);
    const headers = Object.fromEntries([...given.filter(([, text]) => text !== ''), ['content-type', type] as const]);
    const body = type === 'application/json' ? pick(BODIES) : form();
    const hasBody = method !== 'GET' && method !== 'HEAD';
    yield { path: `${pick(PATHS)}?${query}`, method, headers, ...(hasBody && { body }) };
  }
}

/** Small, and good enough to choose by (public domain, by Tommy Ettinger). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
