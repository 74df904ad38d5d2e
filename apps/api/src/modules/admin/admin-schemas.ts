import {
  requestedScopeSchema,
  scopeSchema,
  serverPatternSchema,
  toolNameSchema,
  WIRE_LIMITS,
} from '@servonaut/contracts';
import { z } from 'zod';
import { emailAddressSchema } from '../../platform/zod/email-address.ts';
import type { CredentialFacts, GrantFacts, Invitation, User, WebSession } from '../auth/index.ts';

/** The admin interface as it looks over HTTP. */

const MAX_LISTED_TOOLS = 100;
const PAGE_LIMIT = 200;

/** 15 digits: as far as a number is exact. */
const idSchema = z.string().regex(/^\d{1,15}$/, 'expected a number');

/** As it stands in an address. */
export const userIdParameter = idSchema;
export const credentialIdParameter = z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits');

/** A digest, in base64url. */
export const digestParameter = z.string().regex(/^[\w-]{43}$/, 'expected 43 characters');

const roleSchema = z.enum(['member', 'admin']);

export const newUserSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/,
      'expected up to 64 letters, digits or "_.@-", starting with a letter or digit',
    ),
});

export const changeUserSchema = z
  .strictObject({ disabled: z.boolean().optional(), role: roleSchema.optional() })
  .refine((change) => Object.keys(change).length > 0, 'nothing to change');

export const newInvitationSchema = z.strictObject({
  email: emailAddressSchema,
  /** By default that of the user, or else `member`. */
  role: roleSchema.optional(),
  user_id: idSchema.optional(),
});

export const userPageSchema = z.strictObject({
  after: idSchema.default('0'),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(PAGE_LIMIT),
});

export const newCredentialSchema = z.strictObject({
  label: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'no control characters'),
  scopes: z.array(scopeSchema).min(1),
  tools: z.array(toolNameSchema).max(MAX_LISTED_TOOLS).nullable().default(null),
  servers: z.array(serverPatternSchema).max(WIRE_LIMITS.serverPatterns).nullable().default(null),
  expires_at: z.iso
    .datetime({ offset: true })
    .refine((instant) => Date.parse(instant) > Date.now(), 'expected an instant in the future')
    .nullable()
    .default(null),
});

/** The id of a credential, or that of a grant. */
export const madeBySchema = z.strictObject({ created_by: z.union([credentialIdParameter, digestParameter]) });

export const revokeQuerySchema = z.strictObject({ made: z.enum(['end', 'keep']).default('end') });

const instantSchema = z.iso.datetime();

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  created_at: instantSchema,
  disabled_at: instantSchema.nullable(),
});

export const usersSchema = z.object({ users: z.array(userSchema) });

export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  created_at: instantSchema,
  expires_at: instantSchema,
});

export const invitationsSchema = z.object({ invitations: z.array(invitationSchema) });

export const sentInvitationSchema = invitationSchema.extend({ url: z.url() });

export const sessionsSchema = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      methods: z.array(z.string()),
      address: z.string(),
      agent: z.string(),
      created_at: instantSchema,
      last_seen_at: instantSchema,
      expires_at: instantSchema,
    }),
  ),
});

export const grantsSchema = z.object({
  grants: z.array(
    z.object({
      id: z.string(),
      client: z.object({ id: z.string(), name: z.string(), origin: z.enum(['built-in', 'registered', 'document']) }),
      audience: z.enum(['mcp', 'api']),
      scopes: z.array(requestedScopeSchema),
      created_at: instantSchema,
      last_used_at: instantSchema,
      expires_at: instantSchema.nullable(),
    }),
  ),
});

export const credentialSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  label: z.string(),
  scopes: z.array(scopeSchema),
  tools: z.array(z.string()).nullable(),
  servers: z.array(z.string()).nullable(),
  created_by: z.string().nullable(),
  created_at: instantSchema,
  expires_at: instantSchema.nullable(),
  revoked_at: instantSchema.nullable(),
  last_used_at: instantSchema.nullable(),
});

export const credentialsSchema = z.object({ credentials: z.array(credentialSchema) });

export const issuedCredentialSchema = credentialSchema.extend({ token: z.string() });

export const signingKeySchema = z.object({ kid: z.string() });

export function presentUser({ createdAt, disabledAt, ...user }: User): z.output<typeof userSchema> {
  const { id, name, email, role } = user;
  return { id, name, email, role, created_at: createdAt.toISOString(), disabled_at: text(disabledAt) };
}

export function presentInvitation(invitation: Invitation): z.output<typeof invitationSchema> {
  const { id, email, role, createdAt, expiresAt } = invitation;
  return { id, email, role, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() };
}

export function presentSession(session: WebSession): z.output<typeof sessionsSchema>['sessions'][number] {
  const { id, methods, address, agent, createdAt, lastSeenAt, expiresAt } = session;
  return {
    id,
    methods: [...methods],
    address,
    agent,
    created_at: createdAt.toISOString(),
    last_seen_at: lastSeenAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  };
}

export function presentGrant(grant: GrantFacts): z.output<typeof grantsSchema>['grants'][number] {
  const { id, client, audience, scopes, createdAt, lastUsedAt, expiresAt } = grant;
  return {
    id,
    client: { ...client },
    audience,
    scopes: [...scopes],
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: text(expiresAt),
  };
}

export function presentCredential(facts: CredentialFacts): z.output<typeof credentialSchema> {
  return {
    id: facts.id,
    user_id: facts.userId,
    label: facts.label,
    scopes: [...facts.scopes],
    tools: facts.tools && [...facts.tools],
    servers: facts.servers && [...facts.servers],
    created_by: facts.createdBy,
    created_at: facts.createdAt.toISOString(),
    expires_at: text(facts.expiresAt),
    revoked_at: text(facts.revokedAt),
    last_used_at: text(facts.lastUsedAt),
  };
}

function text(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
