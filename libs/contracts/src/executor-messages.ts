import { z } from 'zod';
import { commandRequestSchema } from './command-request.ts';
import { executorIdSchema, requestIdSchema, userIdSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';
import { serverEntrySchema } from './server-entry.ts';
import { toolManifestSchema } from './tool-manifest.ts';

/** Name of a profile on the operator's machine, such as `prod`. */
export const profileNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected up to 64 letters, digits or "_.-"');

/** What an executor can do and where. */
export const executorManifestSchema = z.object({
  tools: z.array(toolManifestSchema).max(WIRE_LIMITS.toolsPerExecutor),
  servers: z.array(serverEntrySchema).max(WIRE_LIMITS.serversPerExecutor),
});
export type ExecutorManifest = z.infer<typeof executorManifestSchema>;

/** A public JSON Web Key (RFC 7517, RFC 8037). `d` is refused: a private key must never travel. */
export const publicJwkSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.enum(['Ed25519', 'X25519']),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().max(128).optional(),
  alg: z.string().max(32).optional(),
  use: z.enum(['sig', 'enc']).optional(),
});
export type PublicJwk = z.infer<typeof publicJwkSchema>;

/** `POST /api/cli/executors`. Repeating it with the same `executor_id` replaces the registration. */
export const registerExecutorSchema = z.object({
  /** The id of an earlier answer, to stay the same executor across reconnects. Any other is not kept: the answer has a new one. */
  executor_id: z.uuid().optional(),
  /**
   * 32 random bytes in base64url that the executor keeps with its id. An executor belongs to the token that registered it; whoever shows its
   * secret takes it over with another token of the same user, as after a new login.
   */
  executor_secret: z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional(),
  profile: profileNameSchema,
  version: z.string().max(64),
  manifest: executorManifestSchema,
  /** X25519 key to which payloads are encrypted. Without it they travel in the clear inside TLS and the hub. */
  public_key: publicJwkSchema.refine(({ crv }) => crv === 'X25519', 'expected a key of X25519').optional(),
});
export type RegisterExecutor = z.infer<typeof registerExecutorSchema>;
export type RegisterExecutorInput = z.input<typeof registerExecutorSchema>;

/** Answer of `POST /api/cli/executors`. */
export const executorRegistrationSchema = z.object({
  executor_id: executorIdSchema,
  user_id: userIdSchema,
  hub_url: z.url(),
  hub_protocol: z.enum(['0.x', '1.0']),
  topic: z.string(),
  subscriber_token: z.string(),
  subscriber_token_expires_at: z.iso.datetime(),
  /** The coordinator's seal keys; the executor compares them with the ones pinned at login. */
  keys: z.array(publicJwkSchema).min(1),
  /** For correcting the executor's clock. */
  server_time: z.iso.datetime(),
  heartbeat_interval_seconds: z.int().min(1).max(300),
});
export type ExecutorRegistration = z.infer<typeof executorRegistrationSchema>;

/** Answer of `GET /api/cli/mercure-token`. */
export const mercureTokenSchema = z.object({
  token: z.string(),
  hub_url: z.url(),
  /** Absent: 0.x, from a coordinator that knows no other. */
  hub_protocol: z.enum(['0.x', '1.0']).optional(),
  topic: z.string(),
  expires_at: z.iso.datetime(),
});
export type MercureToken = z.infer<typeof mercureTokenSchema>;

/** `POST /api/cli/heartbeat` as our executors send it. `offline` is the graceful stop. */
export const heartbeatSchema = z.object({
  executor_id: executorIdSchema,
  state: z.enum(['online', 'draining', 'offline']).default('online'),
  /** Requests that the executor is running right now. */
  running: z.array(requestIdSchema).max(1_000).default([]),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** `POST /api/cli/heartbeat` as older executors send it: a handshake first, then heartbeats. */
export const legacyHeartbeatSchema = z.object({
  type: z.enum(['cli.handshake', 'cli.heartbeat']),
  client_id: executorIdSchema,
  version: z.string().max(64).optional(),
});
export type LegacyHeartbeat = z.infer<typeof legacyHeartbeatSchema>;

export const heartbeatAnswerSchema = z.object({ server_time: z.iso.datetime(), heartbeat_interval_seconds: z.int() });

/** Answer of `GET /api/cli/requests`: requests for this executor that nobody has acknowledged, sealed as they were published. */
export const openRequestsSchema = z.object({ requests: z.array(commandRequestSchema) });

/** Answer of `GET /api/cli/status`. */
export const executorStatusSchema = z.object({
  executors: z.array(
    z.object({
      executor_id: executorIdSchema,
      profile: z.string(),
      version: z.string(),
      state: z.enum(['online', 'draining', 'offline']),
      registered_at: z.iso.datetime(),
      last_seen_at: z.iso.datetime(),
      servers: z.int(),
      tools: z.int(),
      running: z.int(),
    }),
  ),
  server_time: z.iso.datetime(),
});
export type ExecutorStatus = z.infer<typeof executorStatusSchema>;

/** Answer of `GET /api/cli/identity`: who the token belongs to, and the keys that `login` pins. */
export const identitySchema = z.object({
  user_id: userIdSchema,
  user_name: z.string(),
  label: z.string(),
  scopes: z.array(z.string()),
  /** Name of the OAuth client that the token was given to. Absent: the token is a credential. */
  client: z.string().max(128).optional(),
  expires_at: z.iso.datetime().nullable(),
  /** When the sign-in of that client ends, however much it is used. It ends sooner when it is not used for a while. */
  signed_in_until: z.iso.datetime().optional(),
  /** Version of the coordinator. Older ones do not tell it. */
  version: z.string().max(64).optional(),
  keys: z.array(publicJwkSchema).min(1),
  server_time: z.iso.datetime(),
});
export type Identity = z.infer<typeof identitySchema>;

/** Paths of the executor endpoints, relative to the coordinator's URL. */
export const EXECUTOR_PATHS = {
  register: '/api/cli/executors',
  identity: '/api/cli/identity',
  mercureToken: '/api/cli/mercure-token',
  heartbeat: '/api/cli/heartbeat',
  status: '/api/cli/status',
  openRequests: '/api/cli/requests',
  ack: '/api/cli/command-ack',
  progress: '/api/cli/command-progress',
  result: '/api/cli/command-result',
} as const;
