import {
  credentialIdSchema,
  credentialLabelSchema,
  credentialStateSchema,
  requestedScopeSchema,
  roleSchema,
} from '@servonaut/contracts';
import { z } from 'zod';
import { nextCursorSchema, pageFields } from '../../platform/http/page-cursor.ts';
import { emailAddressSchema } from '../../platform/zod/email-address.ts';
import type { GrantFacts, Invitation, WebSession } from '../auth/index.ts';

/** The admin interface as it looks over HTTP. */

/** The id of a user. 15 digits: as far as a number is exact. */
export const userIdParameter = z
  .string()
  .regex(/^\d{1,15}$/, 'expected the id of a user, which is a number and no name: the list of users has it');

/** A digest, in base64url. */
export const digestParameter = z.string().regex(/^[\w-]{43}$/, 'expected 43 characters');

export const newInvitationSchema = z.strictObject({
  email: emailAddressSchema,
  /** By default that of the user, or else `member`. */
  role: roleSchema.optional(),
  user_id: userIdParameter.optional(),
});

/** Which credentials of a user. */
export const userCredentialsQuery = z.strictObject({
  ...pageFields,
  label: credentialLabelSchema.optional(),
  state: credentialStateSchema.optional(),
  /** The id of a credential, or that of a grant. */
  created_by: z.union([credentialIdSchema, digestParameter]).optional(),
});

/** Which of all. */
export const credentialsQuery = userCredentialsQuery.extend({ user_id: userIdParameter.optional() });

/** Of a list that takes no filter. */
export const pageQuery = z.strictObject(pageFields);

export const revokeQuerySchema = z.strictObject({ made: z.enum(['end', 'keep']).default('end') });

const instantSchema = z.iso.datetime();

export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  created_at: instantSchema,
  expires_at: instantSchema,
});

export const invitationsSchema = z.object({
  invitations: z.array(invitationSchema),
  next_cursor: nextCursorSchema,
});

export const sentInvitationSchema = invitationSchema.extend({ url: z.url() });

export const sessionsSchema = z.object({
  next_cursor: nextCursorSchema,
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
  next_cursor: nextCursorSchema,
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

export const signingKeySchema = z.object({ kid: z.string() });

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

function text(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
