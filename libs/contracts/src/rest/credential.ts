import { z } from 'zod';
import { commandTemplatesSchema } from '../entitlements/command-template.ts';
import { entitlementRulesSchema } from '../entitlements/entitlement-rules.ts';
import { serverSelectorSchema } from '../entitlements/server-selector.ts';
import { toolNameSchema } from '../identifiers.ts';
import { givenInstantSchema } from '../instant.ts';
import { WIRE_LIMITS } from '../limits.ts';
import { scopeSchema } from '../oauth.ts';

/** Credentials (API keys) over REST: of users at `/api/me/credentials`, and of everybody's for admins. */

/** Most tools that one credential is limited to. */
const TOOLS = 100;
/** Most networks that one credential is limited to. */
const NETWORKS = 100;

export const credentialIdSchema = z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits');

/** What its user calls it: what it is for. */
export const credentialLabelSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'no control characters, and one line');

/** A network as CIDR (RFC 4632, RFC 4291 section 2.3), or one address. */
export const networkSchema = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'expected a network such as 192.0.2.0/24 or 2001:db8::/32, or an address',
});

/** What a credential can be limited to. Null: no limit of its own. */
const limits = {
  tools: z.array(toolNameSchema).max(TOOLS).nullable(),
  servers: z.array(serverSelectorSchema).max(WIRE_LIMITS.serverPatterns).nullable(),
  /** Limits of its calls, with counts of its own. */
  rules: entitlementRulesSchema.nullable(),
  /** With them, `run_command` takes nothing else. */
  commands: commandTemplatesSchema.nullable(),
  /** Where it may be used from. */
  addresses: z.array(networkSchema).min(1).max(NETWORKS).nullable(),
  expires_at: givenInstantSchema
    .refine((instant) => Date.parse(instant) > Date.now(), 'expected an instant in the future')
    .nullable(),
};

const noLimits = {
  tools: limits.tools.default(null),
  servers: limits.servers.default(null),
  rules: limits.rules.default(null),
  commands: limits.commands.default(null),
  addresses: limits.addresses.default(null),
  expires_at: limits.expires_at.default(null),
};

/** What an admin issues. */
export const newCredentialSchema = z.strictObject({
  label: credentialLabelSchema,
  scopes: z.array(scopeSchema).min(1),
  ...noLimits,
});

/** Scopes that users can give to credentials of their own. */
export const OWN_CREDENTIAL_SCOPES = ['mcp:tools', 'relay:connect'] as const;

/** What users issue for themselves. */
export const newOwnCredentialSchema = z.strictObject({
  label: credentialLabelSchema,
  scopes: z.array(z.enum(OWN_CREDENTIAL_SCOPES)).min(1).default(['mcp:tools']),
  ...noLimits,
});

/** What can be changed of a credential: what is not named stays, and null takes a limit away. */
export const changeCredentialSchema = z
  .strictObject({ label: credentialLabelSchema, ...limits })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'nothing to change');

/** Whether its token is taken: no, once it is revoked or has expired. */
export const credentialStateSchema = z.enum(['active', 'revoked', 'expired']);

const instantSchema = z.iso.datetime();

export const credentialSchema = z.object({
  id: credentialIdSchema,
  user_id: z.string(),
  label: z.string(),
  state: credentialStateSchema,
  scopes: z.array(scopeSchema),
  tools: z.array(z.string()).nullable(),
  servers: z.array(z.string()).nullable(),
  rules: entitlementRulesSchema.nullable(),
  commands: commandTemplatesSchema.nullable(),
  addresses: z.array(z.string()).nullable(),
  /** Counts the changes: the entity tag. */
  version: z.int(),
  /** Id of the credential or grant that issued it; null for those of the first start. */
  created_by: z.string().nullable(),
  created_at: instantSchema,
  expires_at: instantSchema.nullable(),
  revoked_at: instantSchema.nullable(),
  /** Exact to a minute. */
  last_used_at: instantSchema.nullable(),
});

/** A page, oldest first. */
export const credentialsSchema = z.object({
  credentials: z.array(credentialSchema),
  next_cursor: z.string().nullable(),
});

/** The token is shown this once. */
export const issuedCredentialSchema = credentialSchema.extend({ token: z.string() });

export type NewCredentialBody = z.infer<typeof newCredentialSchema>;
export type NewOwnCredentialBody = z.infer<typeof newOwnCredentialSchema>;
export type ChangeCredentialBody = z.infer<typeof changeCredentialSchema>;
export type CredentialState = z.infer<typeof credentialStateSchema>;
export type CredentialBody = z.infer<typeof credentialSchema>;
