import { planIdSchema, WIRE_DEFAULTS, WIRE_LIMITS } from '@servonaut/contracts';
import { z } from 'zod';
import { emailAddressSchema } from '../platform/zod/email-address.ts';
import { rateLimitsSetting } from '../platform/limits/named-limits.ts';
import { hmacKey, list, LOOPBACK, origin, urlOf, wholeNumber } from './setting-kinds.ts';

/** Every setting of the coordinator, by the name of its environment variable. `secret` keeps a value out of every message. */
export const SETTINGS = {
  HOST: z.string().prefault('127.0.0.1').describe('Address to listen on.'),
  PORT: wholeNumber(0, 65_535, 3_000).describe('Port to listen on; 0 for any free one.'),
  PUBLIC_URL: origin
    .optional()
    .describe('How agents, executors and browsers reach the coordinator. Default: `http://HOST:PORT`.'),
  TRUST_PROXY: list.describe(
    'Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed, comma-separated. Default: none.',
  ),
  SERVONAUT_DATA_DIR: z
    .string()
    .prefault('.data')
    .describe(
      'Folder for `bootstrap.json` and, without the settings for it, the database, the journal of requests and the master secret.',
    ),
  SERVONAUT_SECRET: z
    .string()
    .regex(/^[\w-]{43}$/, 'expected 32 random bytes in base64url (43 characters)')
    .optional()
    .meta({ secret: true })
    .describe(
      'Master secret, 32 random bytes in base64url. Required with `DATABASE_URL`; otherwise made and kept as `secret.key` in the data folder.',
    ),
  DATABASE_URL: urlOf(/^postgres(ql)?$/, 'postgres://user:password@host/database')
    .optional()
    .meta({ secret: true })
    .describe('PostgreSQL. Default: PGlite in the data folder.'),
  REDIS_URL: urlOf(/^rediss?$/, 'redis://host:6379')
    .optional()
    .meta({ secret: true })
    .describe('Redis, which several coordinator processes share. Default: memory, one process.'),
  MERCURE_URL: urlOf(/^https?$/, 'http://hub/.well-known/mercure')
    .optional()
    .describe('Mercure hub as the coordinator reaches it. Default: the embedded hub.'),
  MERCURE_PUBLIC_URL: urlOf(/^https?$/, 'https://hub.example.com/.well-known/mercure')
    .optional()
    .describe('Mercure hub as executors reach it. Default: `MERCURE_URL`.'),
  MERCURE_PUBLISHER_JWT_KEY: hmacKey
    .optional()
    .meta({ secret: true })
    .describe('HS256 key of the publisher tokens. Required with `MERCURE_URL`.'),
  MERCURE_SUBSCRIBER_JWT_KEY: hmacKey
    .optional()
    .meta({ secret: true })
    .describe('HS256 key of the subscriber tokens. Required with `MERCURE_URL`.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .prefault('info')
    .describe('Least severe level that is logged.'),
  SERVONAUT_ALLOWED_ORIGINS: list
    .pipe(z.array(origin))
    .describe(
      'Web origins, besides that of `PUBLIC_URL`, whose pages may call the coordinator; comma-separated. Default: none.',
    ),
  SERVONAUT_TOKEN_CACHE_MS: wholeNumber(0, 60_000, 750).describe(
    'How long a verified token is believed without asking the database, in milliseconds; the longest that another process takes to notice a revocation, besides the time of one query.',
  ),
  OAUTH_ACCESS_TOKEN_SECONDS: wholeNumber(300, 3_600, 600).describe(
    'Life of an access token, in seconds; a revoked one is refused within a second all the same. Some agents renew before every call what lives for 300 or less.',
  ),
  OAUTH_REFRESH_LEEWAY_SECONDS: wholeNumber(0, 600, 60).describe(
    'How long a refresh token that was used is taken once more while the one that came of it is not in use, in seconds, for clients to which the answer was lost. `0`: never.',
  ),
  OAUTH_IDLE_DAYS: wholeNumber(1, 90, 30).describe(
    'How long somebody stays signed in with a client that renews nothing, in days.',
  ),
  OAUTH_GRANT_DAYS: wholeNumber(1, 3_650, 365).describe(
    'How long somebody stays signed in with a client at most, in days; then they consent again. Read when they do.',
  ),
  OAUTH_SIGN_IN_SECONDS: wholeNumber(60, 3_600, 300).describe(
    'How long somebody has to sign in where an agent or a device has sent them, in seconds. Then they begin again there.',
  ),
  OAUTH_DEVICE_CODE_SECONDS: wholeNumber(10, 1_800, 600).describe(
    'How long the code that `servonaut login` shows can be entered, in seconds.',
  ),
  OAUTH_MAX_BEGUN_FLOWS: wholeNumber(100, 1_000_000, 10_000).describe(
    'Most sign-ins that have begun and that nobody has signed in to yet. For each one more the oldest is forgotten.',
  ),
  OAUTH_MAX_CLIENTS: wholeNumber(100, 1_000_000, 10_000).describe(
    'Most agents that have registered. For each one more one is forgotten that nobody has let in, or the one that was used longest ago. As many client-id metadata documents are kept.',
  ),
  OAUTH_MAX_REQUEST_BYTES: wholeNumber(1_024, 16_384, 4_096).describe(
    'Most bytes of address and body together that the authorization server takes, but for a registration, which may have 16,384.',
  ),
  OAUTH_CLIENT_DOCUMENTS: z
    .enum(['on', 'off'])
    .prefault('on')
    .describe(
      'Whether agents may name a client-id metadata document, which the coordinator then fetches over https. `off` for a coordinator that cannot reach the internet: agents then register.',
    ),
  OAUTH_CLIENT_DOCUMENT_DAYS: wholeNumber(1, 90, 7).describe(
    'How long the last good client-id metadata document of an agent that somebody has let in is taken while it cannot be fetched, in days.',
  ),
  OAUTH_SIGNING_KEY_DAYS: wholeNumber(1, 365, 90).describe(
    'How long a key signs access tokens before the next one does, in days.',
  ),
  SERVONAUT_ADMIN_EMAIL: emailAddressSchema
    .prefault('admin@localhost')
    .describe('E-mail address with which the first admin signs in. Read on the first start only.'),
  SERVONAUT_INVITATION_HOURS: wholeNumber(1, 720, 168).describe('How long an invitation can be used, in hours.'),
  DEFAULT_PLAN: planIdSchema
    .prefault('free')
    .describe(
      'Plan of users whom an admin makes or invites without naming one; `none` for none. Those who are there already keep what they have.',
    ),
  SERVONAUT_SESSION_HOURS: wholeNumber(1, 8_760, 168).describe(
    'How long somebody stays signed in in a browser, in hours.',
  ),
  SERVONAUT_FRESH_SIGN_IN_SECONDS: wholeNumber(30, 86_400, 300).describe(
    'How long after signing in somebody may change what they sign in with, in seconds; later they sign in again first.',
  ),
  SERVONAUT_PASSWORDS_WAITING: wholeNumber(1, 10_000, 100).describe(
    'Most passwords that wait to be checked in one process: so many of browsers that nobody has signed in with, and as many of all others, which go first.',
  ),
  SERVONAUT_PASSWORD_WAIT_SECONDS: wholeNumber(1, 60, 5).describe(
    'Longest that a password waits to be checked, in seconds; then the person is asked to try again.',
  ),
  SERVONAUT_PASSKEYS_PER_USER: wholeNumber(1, 100, 20).describe('How many passkeys one person may have.'),
  UPSTREAM_ISSUER: urlOf(/^https?$/, 'https://login.example.com')
    .refine((text) => !text.startsWith('http:') || LOOPBACK.test(new URL(text).hostname), 'expected https')
    .optional()
    .describe('OpenID provider through which people may sign in, besides by password. Default: none.'),
  UPSTREAM_CLIENT_ID: z
    .string()
    .optional()
    .describe('What the provider calls the coordinator. Required with `UPSTREAM_ISSUER`.'),
  UPSTREAM_CLIENT_SECRET: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('What the coordinator proves itself with to the provider. Required with `UPSTREAM_ISSUER`.'),
  UPSTREAM_LABEL: z
    .string()
    .max(40)
    .prefault('single sign-on')
    .describe('What people call the provider: the sign-in page says `Sign in with` before it.'),
  SERVONAUT_RATE_LIMITS: rateLimitsSetting
    .optional()
    .describe(
      'How often what may be tried, as `name=points/seconds`, comma-separated; see below. What is not named keeps its default.',
    ),
  RELAY_TTL_SECONDS: wholeNumber(1, WIRE_LIMITS.ttlSeconds, WIRE_DEFAULTS.ttlSeconds).describe(
    'Start-by deadline of a request, in seconds.',
  ),
  RELAY_DEFAULT_TIMEOUT_SECONDS: wholeNumber(1, WIRE_LIMITS.timeoutSeconds, WIRE_DEFAULTS.timeoutSeconds).describe(
    'Run time of a request that does not say otherwise, in seconds.',
  ),
  RELAY_ACK_GRACE_SECONDS: wholeNumber(0, 60, 2).describe(
    'How long after its start-by deadline the acknowledgement of a request may still be on its way, in seconds.',
  ),
  RELAY_RESULT_GRACE_SECONDS: wholeNumber(1, 600, 10).describe(
    'How long after its run time the result of a request is waited for, in seconds.',
  ),
  RELAY_SUBSCRIBER_TOKEN_SECONDS: wholeNumber(60, 3_600, 600).describe(
    'Life of the token with which an executor listens at the hub, in seconds; it never outlives the credential. Another hub than the embedded one takes the token of a revoked credential until it ends.',
  ),
  RELAY_MAX_PENDING_PER_USER: wholeNumber(1, 100_000, 200).describe('Most requests of one user in flight at once.'),
  RELAY_MAX_PENDING_PER_CREDENTIAL: wholeNumber(1, 100_000, 100).describe(
    'Most requests of one credential in flight at once, and of all others to whom a user has delegated; less than the above, so that none keeps the others waiting.',
  ),
  RELAY_MAX_STREAMS_PER_USER: wholeNumber(1, 10_000, 100).describe(
    "Most streams that the embedded hub keeps open for one user's executors, of 10,000 in all.",
  ),
  RELAY_MAX_STREAMS_PER_CREDENTIAL: wholeNumber(1, 10_000, 50).describe(
    'Most streams that the embedded hub keeps open for the executors of one credential; less than the above, so that none keeps out the others of its user.',
  ),
  SERVONAUT_LEGACY_EXECUTORS: z
    .enum(['allow', 'refuse'])
    .prefault('allow')
    .describe(
      'Whether executors are served to which nothing can be encrypted: those that never register, and those that register without a key. With `refuse` nothing is published in the clear.',
    ),
  RELAY_RETENTION_SECONDS: wholeNumber(60, 31_536_000, 86_400).describe(
    'How long a finished request can be read, in seconds.',
  ),
  RELAY_JOURNAL_MIB: wholeNumber(1, 1_024, 64).describe(
    'Size of `requests.journal` in the data folder, in MiB, at which the oldest finished requests are forgotten before their time. Without `REDIS_URL` only.',
  ),
  HEARTBEAT_INTERVAL_SECONDS: wholeNumber(1, 300, WIRE_DEFAULTS.heartbeatIntervalSeconds).describe(
    'Seconds between two heartbeats of an executor; it is offline after two missed ones.',
  ),
  MCP_KEEPALIVE_MS: wholeNumber(100, 55_000, 15_000).describe(
    'Milliseconds between two signs of life to a waiting agent. Agents give up after 60 s of silence.',
  ),
  MCP_MAX_SSE_SESSIONS_PER_USER: wholeNumber(1, 10_000, 40).describe(
    'Most open `/mcp/sse` streams of one user at one coordinator process.',
  ),
  MCP_MAX_SSE_SESSIONS_PER_CREDENTIAL: wholeNumber(1, 10_000, 20).describe(
    'Most open `/mcp/sse` streams of one credential at one coordinator process.',
  ),
  MCP_SERVERS_PER_CALL: wholeNumber(1, 1_000, 100).describe('Most servers that one call of a tool can be for.'),
  MCP_ANSWER_LENGTH: wholeNumber(1_000, 2 * WIRE_LIMITS.outputLength, 60_000).describe(
    'Most characters of output that one answer shows to an agent; beyond that, head and tail. Claude Code cuts at 25,000 tokens.',
  ),
  ENTITLEMENTS_BREAKER_REPEATS: wholeNumber(0, 1_000, 10).describe(
    'How often the same principal may make the same call, with the same arguments, within `ENTITLEMENTS_BREAKER_SECONDS`; 0 for as often as they like.',
  ),
  ENTITLEMENTS_BREAKER_SECONDS: wholeNumber(1, 3_600, 10).describe(
    'The time within which the same call is made too often, in seconds.',
  ),
  ENTITLEMENTS_BREAKER_PAUSE_SECONDS: wholeNumber(1, 3_600, 30).describe(
    'How long a call that was made too often is not taken, in seconds.',
  ),
  AUDIT_ARGUMENTS: z
    .enum(['full', 'hashed', 'none'])
    .prefault('full')
    .describe(
      'What the audit keeps of the arguments of calls: `full` without the secrets that are recognised in them, `hashed` as a digest that only this coordinator can make, or `none`.',
    ),
  AUDIT_ARGUMENTS_LENGTH: wholeNumber(0, 4_194_304, 65_536).describe(
    'Most characters of JSON that the audit keeps of the arguments of one call; of longer ones it keeps the digest.',
  ),
  AUDIT_QUEUE_EVENTS: wholeNumber(10, 1_000_000, 10_000).describe(
    'Most events that wait to be stored in one process, a quarter of them of one user; beyond, calls are refused.',
  ),
  AUDIT_QUEUE_MIB: wholeNumber(1, 4_096, 64).describe(
    'Size of the events that wait to be stored in one process, in MiB, beyond which calls are refused.',
  ),
  AUDIT_WRITE_SECONDS: wholeNumber(1, 60, 5).describe(
    'How long a call waits for its record to be stored before it is refused, in seconds.',
  ),
  AUDIT_RETENTION_DAYS: wholeNumber(0, 36_500, 0).describe(
    'How long records of the audit are kept, in days; 0 for ever. The oldest are removed, and what is left verifies.',
  ),
  AUDIT_WEBHOOK_URL: urlOf(/^https?$/, 'https://siem.example.com/servonaut')
    .refine((text) => !text.startsWith('http:') || LOOPBACK.test(new URL(text).hostname), 'expected https')
    .optional()
    .describe('Where every record of the audit is sent, as Standard Webhooks. Default: nowhere.'),
  AUDIT_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, 'expected whsec_ and 24 to 64 bytes in base64')
    .optional()
    .meta({ secret: true })
    .describe(
      'Signs what is sent there: `whsec_` and 24 to 64 random bytes in base64. Required with `AUDIT_WEBHOOK_URL`.',
    ),
  AUDIT_WEBHOOK_TRIES: wholeNumber(1, 1_000, 20).describe(
    'How often a message is sent before it is kept as a dead letter; with 20, for about an hour.',
  ),
  AUDIT_FORMER_KEYS: list
    .pipe(z.array(z.string().regex(/^[\w-]{43}$/, 'expected 43 characters of base64url')))
    .describe(
      'Public keys that signed the audit before `SERVONAUT_SECRET` was changed: `kid` of a head, comma-separated. Default: none.',
    ),
  IDEMPOTENCY_KEY_HOURS: wholeNumber(1, 720, 24).describe(
    'How long the answer to a request with an `Idempotency-Key` is kept for its repetition, in hours.',
  ),
  IDEMPOTENCY_TOKEN_MINUTES: wholeNumber(1, 1_440, 10).describe(
    'The same for an answer with the token of an API key or the link of an invitation, in minutes: a repetition after that is refused, and does nothing.',
  ),
  IDEMPOTENCY_KEYS: wholeNumber(1, 100_000, 1_000).describe(
    'Most keys of one credential, or of one sign-in, that are kept; for each one more the oldest is forgotten before its time.',
  ),
  CREDENTIALS_PER_USER: wholeNumber(1, 100_000, 100).describe(
    'Most active API keys of one user, beyond which the user makes no more. Admins can.',
  ),
  DELEGATIONS_PER_USER: wholeNumber(1, 100_000, 100).describe(
    'Most delegations in force at once that one user has given.',
  ),
  TEAM_MEMBERS: wholeNumber(1, 10_000, 200).describe('Most members of one team.'),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 600, 10).describe(
    'How long a stopping coordinator lets running requests end, in seconds.',
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;

export const settingsSchema = z
  .object(SETTINGS)
  .refine((s) => !s.DATABASE_URL || s.SERVONAUT_SECRET, {
    path: ['SERVONAUT_SECRET'],
    error: 'required with DATABASE_URL',
  })
  .refine((s) => !s.MERCURE_URL || s.MERCURE_PUBLISHER_JWT_KEY, {
    path: ['MERCURE_PUBLISHER_JWT_KEY'],
    error: 'required with MERCURE_URL',
  })
  .refine((s) => !s.MERCURE_URL || s.MERCURE_SUBSCRIBER_JWT_KEY, {
    path: ['MERCURE_SUBSCRIBER_JWT_KEY'],
    error: 'required with MERCURE_URL',
  })
  .refine((s) => !s.AUDIT_WEBHOOK_URL || s.AUDIT_WEBHOOK_SECRET, {
    path: ['AUDIT_WEBHOOK_SECRET'],
    error: 'required with AUDIT_WEBHOOK_URL',
  })
  .refine((s) => !s.UPSTREAM_ISSUER || s.UPSTREAM_CLIENT_ID, {
    path: ['UPSTREAM_CLIENT_ID'],
    error: 'required with UPSTREAM_ISSUER',
  })
  .refine((s) => !s.UPSTREAM_ISSUER || s.UPSTREAM_CLIENT_SECRET, {
    path: ['UPSTREAM_CLIENT_SECRET'],
    error: 'required with UPSTREAM_ISSUER',
  });

export type Settings = z.output<typeof settingsSchema>;
