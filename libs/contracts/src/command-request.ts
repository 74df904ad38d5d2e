import { z } from 'zod';
import { executorIdSchema, requestIdSchema, serverNameSchema, toolNameSchema, userIdSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';
import { principalSchema } from './principal.ts';

/** `type` of the control message that asks an executor to stop a request; its payload is `cancelPayloadSchema`. */
export const CANCEL_REQUEST_TYPE = 'cancel_request';

/** `type` of the control message that tells an executor that an admin has disconnected it; its payload is empty. */
export const DISCONNECT_EXECUTOR_TYPE = 'disconnect_executor';

export const cancelPayloadSchema = z.object({ request_id: requestIdSchema });

/** Arguments of the tool, without `server` (which travels as `target_server_id`) and with `timeout_seconds`. */
export const payloadSchema = z.record(z.string(), z.unknown());
export type Payload = z.infer<typeof payloadSchema>;

/**
 * What the coordinator publishes to `/cli/{userId}/commands`. Fields that are not listed are ignored, so that either side may
 * be older than the other.
 */
export const commandRequestSchema = z.object({
  id: requestIdSchema,
  user_id: userIdSchema,
  /** The tool to run, `cancel_request` or `disconnect_executor`. */
  type: toolNameSchema,
  /** The server to run on; null for a tool that acts on the executor itself (`list_servers`). */
  target_server_id: serverNameSchema.nullable(),
  /** The arguments in the clear, or a compact JWE (RFC 7516) of their JSON to the key that the executor registered. */
  payload: z.union([
    payloadSchema,
    z.string().regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/, 'expected a compact JWE'),
  ]),
  created_at: z.iso.datetime(),
  /** Start-by deadline in seconds from `created_at`. Never the run time, which is `payload.timeout_seconds`. */
  ttl_seconds: z.int().min(1).max(WIRE_LIMITS.ttlSeconds),
  /** The one executor that is to run it. Absent for an older executor. */
  executor_id: executorIdSchema.optional(),
  principal: principalSchema.optional(),
  /** W3C trace context. */
  traceparent: z.string().max(55).optional(),
  /**
   * Compact JWS (RFC 7515, EdDSA) whose payload is the exact bytes of this message without `seal`. A sealed message is read
   * from the seal; what stands outside it is for executors that know no seal.
   */
  seal: z.string().optional(),
});
export type CommandRequest = z.infer<typeof commandRequestSchema>;

/** `typ` in the protected header of a seal: keeps any other JWS by the same key from passing as a request. */
export const SEAL_TYPE = 'servonaut-request+jws';

/**
 * Protected header of a seal. `aud` is the executor id, so that a request cannot be replayed to another executor. `crit` is refused: it names
 * extensions without which the seal must not be understood (RFC 7515 section 4.1.11), and none is.
 */
export const sealHeaderSchema = z.object({
  alg: z.literal('EdDSA'),
  typ: z.literal(SEAL_TYPE),
  kid: z.string(),
  aud: executorIdSchema,
  crit: z.undefined().optional(),
});

/** Protected header of an encrypted payload. Strict: whatever else it could say (`zip`, `apu`, `apv`, `crit`) changes how it is to be read. */
export const payloadHeaderSchema = z.strictObject({
  alg: z.literal('ECDH-ES'),
  enc: z.literal('A256GCM'),
  /** The sender's ephemeral key. */
  epk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string().regex(/^[\w-]{43}$/) }),
});

/** The last instant, in milliseconds since the epoch, at which the request may start. */
export function startByMillis(request: Pick<CommandRequest, 'created_at' | 'ttl_seconds'>): number {
  return Date.parse(request.created_at) + request.ttl_seconds * 1_000;
}
