import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { CommandTemplate, EntitlementRules } from '@servonaut/contracts';

/** Tables of the coordinator, the same on PGlite and on PostgreSQL. After a change: `npx drizzle-kit generate` in apps/api. */

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Counts the changes: the entity tag of the row over HTTP. */
const version = () => integer('version').notNull().default(1);
const rules = () => jsonb('rules').$type<EntitlementRules>();

/** What users may do who have it. */
export const plans = pgTable('plans', {
  id: text('id').primaryKey(),
  rules: rules().notNull(),
  version: version(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

export const users = pgTable(
  'users',
  {
    /** A number in the database, text everywhere else. */
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    name: text('name').notNull().unique(),
    createdAt: instant('created_at').notNull().defaultNow(),
    disabledAt: instant('disabled_at'),
    /** Null: cannot sign in, as users that exist for their credentials alone. */
    email: text('email'),
    role: text('role', { enum: ['member', 'admin'] })
      .notNull()
      .default('member'),
    /** Argon2id, in the PHC string format. Null: signs in by other means, or not at all. */
    passwordHash: text('password_hash'),
    /** The key of one-time codes, sealed. Null: has no second factor. */
    totpSealed: text('totp_sealed'),
    /** The time step of the last code that was taken, which is not taken again (RFC 6238 section 5.2). */
    totpLastStep: bigint('totp_last_step', { mode: 'number' }),
    /** Second factors that were wrong since the last right one. */
    codesRefused: integer('codes_refused').notNull().default(0),
    /** The same, between that one and the one before. */
    codesRefusedBefore: integer('codes_refused_before').notNull().default(0),
    /** Null: no plan limits them. */
    planId: text('plan_id').references(() => plans.id),
    /** In place of the plan's rules for the same tools. Null: the plan as it is. */
    rules: rules(),
    version: version(),
  },
  (table) => [uniqueIndex('users_email').on(sql`lower(${table.email})`)],
);

const userId = () =>
  bigint('user_id', { mode: 'number' })
    .notNull()
    .references(() => users.id);

export const credentials = pgTable(
  'credentials',
  {
    /** The public half of the token. */
    id: text('id').primaryKey(),
    userId: userId(),
    label: text('label').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Null: no limit of its own. */
    tools: text('tools').array(),
    servers: text('servers').array(),
    /** Limits of its own, with counts of its own. */
    rules: rules(),
    /** Command templates: with them, `run_command` takes nothing else. Null: any command. */
    commands: jsonb('commands').$type<readonly CommandTemplate[]>(),
    /** Networks that it may be used from, as CIDR. Null: from anywhere. */
    addresses: text('addresses').array(),
    /** SHA-256 of the secret half, in base64url. */
    secretHash: text('secret_hash').notNull(),
    version: version(),
    /** Id of the credential or grant that issued it; null for those of the first start. */
    createdBy: text('created_by'),
    /** Whose that was. */
    createdByUser: bigint('created_by_user', { mode: 'number' }).references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** Exact to a minute. */
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [
    index('credentials_user_id').on(table.userId),
    index('credentials_created_by').on(table.createdBy),
    index('credentials_created_by_user').on(table.createdByUser),
  ],
);

/** Browsers in which somebody has signed in. */
export const webSessions = pgTable(
  'web_sessions',
  {
    /** SHA-256 of what the cookie holds, in base64url. */
    id: text('id').primaryKey(),
    userId: userId(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
    /** When the person last showed who they are; null when nobody knows, as of a provider that has remembered them. */
    signedInAt: instant('signed_in_at'),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    /** How the person was recognised (RFC 8176): `pwd`, `otp`, `upstream`; `pop` and `mfa` for a passkey. */
    methods: text('methods').array().notNull(),
    address: text('address').notNull(),
    agent: text('agent').notNull(),
  },
  (table) => [index('web_sessions_user_id').on(table.userId), index('web_sessions_expires_at').on(table.expiresAt)],
);

export const invitations = pgTable('invitations', {
  /** SHA-256 of the secret in the link, in base64url. */
  id: text('id').primaryKey(),
  email: text('email').notNull(),
  role: text('role', { enum: ['member', 'admin'] }).notNull(),
  /** Null for the invitation of the first start. */
  invitedBy: bigint('invited_by', { mode: 'number' }).references(() => users.id),
  /** Id of the credential or grant that the admin used. */
  invitedWith: text('invited_with'),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
  /** Whom it is for, if they exist already; otherwise who came of it. */
  userId: bigint('user_id', { mode: 'number' }).references(() => users.id),
});

/** For whoever has lost the second factor. Each is good once. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: userId(),
    /** SHA-256, in base64url: the codes are random. */
    codeHash: text('code_hash').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

/** Keys of people in their devices (WebAuthn Level 3), of which this is the public half. */
export const passkeys = pgTable(
  'passkeys',
  {
    /** The credential id, as the device has chosen it, in base64url. */
    id: text('id').primaryKey(),
    userId: userId(),
    /** Random, in base64url: what the device knows its person by, which says nothing of who they are. */
    userHandle: text('user_handle').notNull(),
    /** COSE_Key (RFC 9052 section 7), in base64url. */
    publicKey: text('public_key').notNull(),
    /** Of the last use, for devices that count: a copy of the key would fall behind. */
    counter: bigint('counter', { mode: 'number' }).notNull(),
    /** What its person calls it. */
    label: text('label').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [index('passkeys_user_id').on(table.userId)],
);

/** Challenges of passkeys that were answered. Each is taken once; what nobody answers is not stored. */
export const answeredChallenges = pgTable('answered_challenges', {
  /** SHA-256 of the challenge, in base64url. */
  id: text('id').primaryKey(),
  /** From then on it would be refused in any case. */
  expiresAt: instant('expires_at').notNull(),
});

/** Who a person is at an OpenID provider, which only issuer and subject together say. */
export const upstreamIdentities = pgTable(
  'upstream_identities',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    userId: userId(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.subject] }),
    uniqueIndex('upstream_identities_user_id_issuer').on(table.userId, table.issuer),
  ],
);

/** Keys that sign access tokens. Next until `active_from`, then active until a later one is, then kept for verifying, then gone. */
export const signingKeys = pgTable('signing_keys', {
  /** Thumbprint of RFC 7638. */
  kid: text('kid').primaryKey(),
  /** The private JSON Web Key, sealed. */
  privateSealed: text('private_sealed').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  activeFrom: instant('active_from').notNull(),
});

/**
 * What the authorization server keeps: clients, grants, codes, refresh tokens, sessions of a flow. Names by which somebody could use a record are stored
 * as HMACs and the rest sealed, so that a stolen table signs nobody in.
 */
export const oidcRecords = pgTable(
  'oidc_records',
  {
    model: text('model').notNull(),
    /** HMAC. */
    id: text('id').notNull(),
    payloadSealed: text('payload_sealed').notNull(),
    /** HMAC; the `id` of the `Grant` that it belongs to. */
    grantId: text('grant_id'),
    /** HMAC. */
    userCode: text('user_code').unique(),
    /** HMAC. */
    uid: text('uid'),
    accountId: bigint('account_id', { mode: 'number' }).references(() => users.id),
    clientId: text('client_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Null: never. */
    expiresAt: instant('expires_at'),
    consumedAt: instant('consumed_at'),
    /** Of a grant: when it ends, however much it is used. */
    latestAt: instant('latest_at'),
    /** Of a refresh token: the HMAC of the one that it was given for. */
    predecessorId: text('predecessor_id').unique(),
    /** Until when that one is taken once more, its answer having been lost. */
    predecessorUntil: instant('predecessor_until'),
  },
  (table) => [
    primaryKey({ columns: [table.model, table.id] }),
    uniqueIndex('oidc_records_uid').on(table.model, table.uid),
    index('oidc_records_grant_id').on(table.grantId),
    index('oidc_records_account_id').on(table.accountId),
    index('oidc_records_expires_at').on(table.expiresAt),
  ],
);

/** Users whom somebody can let use their servers by one name. */
export const teams = pgTable(
  'teams',
  {
    /** A UUID of version 7. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    version: version(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** It stays for what was delegated to it, and its name is free. */
    dissolvedAt: instant('dissolved_at'),
  },
  (table) => [
    uniqueIndex('teams_name')
      .on(table.name)
      .where(sql`${table.dissolvedAt} is null`),
  ],
);

export const teamMembers = pgTable(
  'team_members',
  {
    teamId: text('team_id')
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    userId: userId(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** It stays, so that whoever was not told finds out. */
    removedAt: instant('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.userId] }), index('team_members_user_id').on(table.userId)],
);

/** Servers that a user lets another, or a team, use. */
export const delegations = pgTable(
  'delegations',
  {
    /** A UUID of version 7. */
    id: text('id').primaryKey(),
    /** Whose servers they are, and whose executors run what is asked. */
    grantorId: bigint('grantor_id', { mode: 'number' })
      .notNull()
      .references(() => users.id),
    /** One of these two. */
    granteeUserId: bigint('grantee_user_id', { mode: 'number' }).references(() => users.id),
    granteeTeamId: text('grantee_team_id').references(() => teams.id, { onDelete: 'cascade' }),
    servers: text('servers').array().notNull(),
    /** Null: every tool. */
    tools: text('tools').array(),
    rules: rules(),
    version: version(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    endedAt: instant('ended_at'),
  },
  (table) => [
    check('delegations_grantee', sql`num_nonnulls(${table.granteeUserId}, ${table.granteeTeamId}) = 1`),
    index('delegations_grantor_id').on(table.grantorId),
    index('delegations_grantee_user_id').on(table.granteeUserId),
    index('delegations_grantee_team_id').on(table.granteeTeamId),
  ],
);

/** What was answered to requests that said how they would be known if they came again. */
export const idempotentAnswers = pgTable(
  'idempotent_answers',
  {
    /** `Principal.id`. */
    principalId: text('principal_id').notNull(),
    /** SHA-256 of the `Idempotency-Key`, in base64url. */
    key: text('key').notNull(),
    /** SHA-256 of method, address and body, in base64url. */
    asked: text('asked').notNull(),
    /** Null while it is being done. */
    status: integer('status'),
    /** It may hold a token. */
    answerSealed: text('answer_sealed'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.principalId, table.key] }),
    index('idempotent_answers_expires_at').on(table.expiresAt),
  ],
);

/** What happened, as records in chains (docs/protocol/audit.md). Rows are added, and the oldest removed by their time; none is ever changed. */
export const auditEvents = pgTable(
  'audit_events',
  {
    chain: text('chain').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** These four are copied from the record, for finding it. */
    at: instant('at').notNull(),
    kind: text('kind').notNull(),
    actorId: text('actor_id'),
    requestId: text('request_id'),
    /** The record in canonical form: the very text that is hashed. */
    body: text('body').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chain, table.seq] }),
    index('audit_events_at').on(table.at, table.chain, table.seq),
    index('audit_events_kind').on(table.kind, table.at),
    index('audit_events_request_id').on(table.requestId),
  ],
);

/** How far each chain goes. */
export const auditHeads = pgTable('audit_heads', {
  chain: text('chain').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  hash: text('hash').notNull(),
  at: instant('at').notNull(),
  firstSeq: bigint('first_seq', { mode: 'number' }).notNull(),
  firstPrev: text('first_prev').notNull(),
  kid: text('kid').notNull(),
  signature: text('signature').notNull(),
});

/** The last record of each chain that the webhook has taken, or that was given up. */
export const auditDeliveries = pgTable('audit_deliveries', {
  chain: text('chain').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  /** Of that record; null before there is one. */
  hash: text('hash'),
  /** The last record of the message that is being sent, so that each try is of the same one. */
  tryingUntil: bigint('trying_until', { mode: 'number' }),
});

/** Records that the webhook has not taken. */
export const auditDeadLetters = pgTable('audit_dead_letters', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  chain: text('chain').notNull(),
  firstSeq: bigint('first_seq', { mode: 'number' }).notNull(),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull(),
  error: text('error').notNull(),
  at: instant('at').notNull().defaultNow(),
});
