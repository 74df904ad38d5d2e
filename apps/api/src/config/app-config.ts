import path from 'node:path';
import { NO_PLAN, ServonautError } from '@servonaut/contracts';
import { withDefaults } from '../platform/limits/named-limits.ts';
import { settingsSchema, type Settings } from './settings.ts';

const DAY_SECONDS = 86_400;

/** Injection token of the `AppConfig`. */
export const APP_CONFIG = Symbol('AppConfig');

/** The settings as facts: checked, completed, frozen. docs/configuration.md describes each. */
export type AppConfig = Readonly<ReturnType<typeof toAppConfig>>;

/** Settings of the hub; null in `AppConfig` when the embedded hub serves. */
export type MercureConfig = NonNullable<AppConfig['mercure']>;

/**
 * Reads the configuration. The only place that reads the environment.
 * @throws ServonautError `config_invalid` that names all problems at once and no value.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): AppConfig {
  // An empty variable is what compose files and CI systems make of one that is not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return freeze(toAppConfig(parsed.data));
  const problems = parsed.error.issues.map(({ path: [name], message }) => `  ${String(name)}: ${message}`);
  throw new ServonautError('config_invalid', {
    message: `The configuration is not valid:\n${problems.join('\n')}`,
    nextStep: 'See docs/configuration.md.',
  });
}

/** The configuration once the port is known, which with `PORT=0` is after binding. */
export function withPort(config: AppConfig, port: number): AppConfig {
  const publicUrl = config.port === port ? config.publicUrl : config.publicUrl.replace(/:0$/, `:${port}`);
  return freeze({ ...config, port, publicUrl });
}

function toAppConfig(settings: Settings) {
  return {
    host: settings.HOST,
    port: settings.PORT,
    /** Without a slash at the end. */
    publicUrl: settings.PUBLIC_URL ?? localUrl(settings.HOST, settings.PORT),
    /** Absolute. */
    dataDir: path.resolve(settings.SERVONAUT_DATA_DIR),
    /** 32 bytes in base64url; null for the one in the data folder. */
    secret: settings.SERVONAUT_SECRET ?? null,
    /** Null for PGlite. */
    databaseUrl: settings.DATABASE_URL ?? null,
    /** Null for stores in memory. */
    redisUrl: settings.REDIS_URL ?? null,
    mercure: mercureConfig(settings),
    logLevel: settings.LOG_LEVEL,
    http: {
      trustProxy: settings.TRUST_PROXY,
      allowedOrigins: settings.SERVONAUT_ALLOWED_ORIGINS,
      shutdownGraceSeconds: settings.SHUTDOWN_GRACE_SECONDS,
    },
    rateLimits: withDefaults(settings.SERVONAUT_RATE_LIMITS),
    people: peopleConfig(settings),
    auth: authConfig(settings),
    relay: {
      ttlSeconds: settings.RELAY_TTL_SECONDS,
      defaultTimeoutSeconds: settings.RELAY_DEFAULT_TIMEOUT_SECONDS,
      ackGraceSeconds: settings.RELAY_ACK_GRACE_SECONDS,
      resultGraceSeconds: settings.RELAY_RESULT_GRACE_SECONDS,
      subscriberTokenSeconds: settings.RELAY_SUBSCRIBER_TOKEN_SECONDS,
      maxPendingPerUser: settings.RELAY_MAX_PENDING_PER_USER,
      maxPendingPerCredential: settings.RELAY_MAX_PENDING_PER_CREDENTIAL,
      maxStreamsPerUser: settings.RELAY_MAX_STREAMS_PER_USER,
      maxStreamsPerCredential: settings.RELAY_MAX_STREAMS_PER_CREDENTIAL,
      legacyExecutors: settings.SERVONAUT_LEGACY_EXECUTORS,
      retentionSeconds: settings.RELAY_RETENTION_SECONDS,
      journalMib: settings.RELAY_JOURNAL_MIB,
      heartbeatIntervalSeconds: settings.HEARTBEAT_INTERVAL_SECONDS,
    },
    audit: auditConfig(settings),
    entitlements: {
      /** Null when nobody minds how often the same call is made. */
      breaker: breakerConfig(settings),
    },
    idempotency: idempotencyConfig(settings),
    credentials: { perUser: settings.CREDENTIALS_PER_USER },
    delegation: { perUser: settings.DELEGATIONS_PER_USER, teamMembers: settings.TEAM_MEMBERS },
    mcp: {
      keepAliveMs: settings.MCP_KEEPALIVE_MS,
      maxSseSessionsPerUser: settings.MCP_MAX_SSE_SESSIONS_PER_USER,
      maxSseSessionsPerCredential: settings.MCP_MAX_SSE_SESSIONS_PER_CREDENTIAL,
      answerLength: settings.MCP_ANSWER_LENGTH,
      serversPerCall: settings.MCP_SERVERS_PER_CALL,
    },
  };
}

function idempotencyConfig(settings: Settings) {
  return {
    keyHours: settings.IDEMPOTENCY_KEY_HOURS,
    secretMinutes: settings.IDEMPOTENCY_TOKEN_MINUTES,
    keys: settings.IDEMPOTENCY_KEYS,
  };
}

function breakerConfig(settings: Settings) {
  const { ENTITLEMENTS_BREAKER_REPEATS: most } = settings;
  if (most === 0) return null;
  const withinMs = settings.ENTITLEMENTS_BREAKER_SECONDS * 1_000;
  return { most, withinMs, pauseMs: settings.ENTITLEMENTS_BREAKER_PAUSE_SECONDS * 1_000 };
}

function auditConfig(settings: Settings) {
  const { AUDIT_WEBHOOK_URL: url, AUDIT_WEBHOOK_SECRET: secret, AUDIT_WEBHOOK_TRIES: tries } = settings;
  return {
    /** Null for none. */
    webhook: url && secret ? { url, secret, tries } : null,
    arguments: settings.AUDIT_ARGUMENTS,
    argumentsLength: settings.AUDIT_ARGUMENTS_LENGTH,
    queueEvents: settings.AUDIT_QUEUE_EVENTS,
    queueMib: settings.AUDIT_QUEUE_MIB,
    writeSeconds: settings.AUDIT_WRITE_SECONDS,
    retentionDays: settings.AUDIT_RETENTION_DAYS,
    formerKeys: settings.AUDIT_FORMER_KEYS,
  };
}

function mercureConfig(settings: Settings) {
  const {
    MERCURE_URL: url,
    MERCURE_PUBLISHER_JWT_KEY: publisherJwtKey,
    MERCURE_SUBSCRIBER_JWT_KEY: subscriberJwtKey,
  } = settings;
  if (!url || !publisherJwtKey || !subscriberJwtKey) return null;
  return {
    /** As the coordinator reaches the hub, path included. */
    url,
    /** As executors reach it. */
    publicUrl: settings.MERCURE_PUBLIC_URL ?? url,
    publisherJwtKey,
    subscriberJwtKey,
  };
}

function authConfig(settings: Settings) {
  return {
    tokenCacheMs: settings.SERVONAUT_TOKEN_CACHE_MS,
    signingKeyDays: settings.OAUTH_SIGNING_KEY_DAYS,
    accessTokenSeconds: settings.OAUTH_ACCESS_TOKEN_SECONDS,
    refreshLeewaySeconds: settings.OAUTH_REFRESH_LEEWAY_SECONDS,
    idleSeconds: settings.OAUTH_IDLE_DAYS * DAY_SECONDS,
    grantSeconds: settings.OAUTH_GRANT_DAYS * DAY_SECONDS,
    signInSeconds: settings.OAUTH_SIGN_IN_SECONDS,
    deviceCodeSeconds: settings.OAUTH_DEVICE_CODE_SECONDS,
    mostBegunFlows: settings.OAUTH_MAX_BEGUN_FLOWS,
    mostClients: settings.OAUTH_MAX_CLIENTS,
    mostRequestBytes: settings.OAUTH_MAX_REQUEST_BYTES,
    clientDocuments: settings.OAUTH_CLIENT_DOCUMENTS === 'on',
    documentSeconds: settings.OAUTH_CLIENT_DOCUMENT_DAYS * DAY_SECONDS,
  };
}

function peopleConfig(settings: Settings) {
  return {
    adminEmail: settings.SERVONAUT_ADMIN_EMAIL,
    invitationHours: settings.SERVONAUT_INVITATION_HOURS,
    /** Null for none. */
    defaultPlan: settings.DEFAULT_PLAN === NO_PLAN ? null : settings.DEFAULT_PLAN,
    sessionHours: settings.SERVONAUT_SESSION_HOURS,
    freshSignInSeconds: settings.SERVONAUT_FRESH_SIGN_IN_SECONDS,
    passwordsWaiting: settings.SERVONAUT_PASSWORDS_WAITING,
    passwordWaitMs: settings.SERVONAUT_PASSWORD_WAIT_SECONDS * 1_000,
    passkeysPerUser: settings.SERVONAUT_PASSKEYS_PER_USER,
    /** Null when people sign in by password only. */
    upstream: upstreamConfig(settings),
  };
}

function upstreamConfig(settings: Settings) {
  const { UPSTREAM_ISSUER: issuer, UPSTREAM_CLIENT_ID: clientId, UPSTREAM_CLIENT_SECRET: clientSecret } = settings;
  if (!issuer || !clientId || !clientSecret) return null;
  return { issuer, clientId, clientSecret, label: settings.UPSTREAM_LABEL };
}

function localUrl(host: string, port: number): string {
  // The wildcard addresses are for listening; nobody can call them.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}
