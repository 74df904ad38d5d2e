import { ServonautError } from '@servonaut/contracts';
import type { Request } from 'express';
import { addressKey } from '../../../platform/limits/address-key.ts';
import type { LimitName } from '../../../platform/limits/named-limits.ts';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { OAUTH_PATHS } from './oauth-paths.ts';

export interface RequestLimits {
  readonly limits: RateLimits;
  /** Most bytes of a query and a body together, but of a registration, which has a door of its own. */
  readonly mostRequestBytes: number;
  /** Between two questions of a device whether it was confirmed, as it is told. */
  readonly pollSeconds: number;
  /** Makes room for a flow before it begins. */
  readonly makeRoom: () => Promise<void>;
}

/** By method and path. A `HEAD` is a `GET` to the library, and an address is left to ask for keys and metadata, which are in memory. */
const LIMITS: ReadonlyMap<string, LimitName> = new Map([
  [`GET ${OAUTH_PATHS.authorization}`, 'flow_address'],
  [`GET ${OAUTH_PATHS.code_verification}`, 'flow_address'],
  [`POST ${OAUTH_PATHS.code_verification}`, 'user_code_address'],
  [`POST ${OAUTH_PATHS.device_authorization}`, 'device_address'],
  [`POST ${OAUTH_PATHS.token}`, 'token_address'],
  [`POST ${OAUTH_PATHS.introspection}`, 'token_address'],
  [`POST ${OAUTH_PATHS.revocation}`, 'token_address'],
]);

/** What is stored for somebody of whom nothing is known. */
const BEGINS: ReadonlySet<LimitName> = new Set(['flow_address', 'device_address']);

/**
 * What stands before the library for whoever asks: most of what it is asked for it stores.
 * @throws ServonautError `payload_too_large`, or `too_many_requests`.
 */
export async function checkLimits({ limits, mostRequestBytes, makeRoom }: RequestLimits, request: Request) {
  const { method, path, ip } = request;
  if (path !== OAUTH_PATHS.registration) checkSize(request, mostRequestBytes);
  const limit = LIMITS.get(`${method === 'HEAD' ? 'GET' : method} ${path.replace(/\/$/, '')}`);
  if (limit === undefined) return;
  await limits.take(limit, addressKey(ip));
  // It is guessed at what others have, and whoever guesses has networks at hand.
  if (limit === 'user_code_address') await limits.take('user_code_all', 'all');
  if (BEGINS.has(limit)) await makeRoom();
}

function checkSize(request: Request, most: number): void {
  if (request.url.length + bodyLength(request) <= most) return;
  throw new ServonautError('payload_too_large', { message: `A request may have ${most} bytes at most.` });
}

/** In bytes. A body that does not say how long it is counts as endless: no client sends a form or its metadata that way. */
export function bodyLength({ headers }: Request): number {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
}
