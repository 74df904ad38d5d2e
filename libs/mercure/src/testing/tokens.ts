import { SignJWT } from 'jose';
import type { HubKeys } from './hubs-under-test.ts';

export interface TokenOptions {
  /** Seconds from now; negative for a token that has expired. Default 600. */
  readonly expiresIn?: number;
  readonly notBeforeIn?: number;
  readonly alg?: string;
}

export function sign(key: string, claims: Record<string, unknown>, options: TokenOptions = {}): Promise<string> {
  const now = Date.now() / 1_000;
  const token = new SignJWT(claims).setProtectedHeader({ alg: options.alg ?? 'HS256' });
  if (options.notBeforeIn !== undefined) token.setNotBefore(Math.floor(now + options.notBeforeIn));
  return token.setExpirationTime(Math.floor(now + (options.expiresIn ?? 600))).sign(Buffer.from(key));
}

export function publisherToken(
  hub: HubKeys,
  publish: readonly string[] = ['*'],
  options?: TokenOptions,
): Promise<string> {
  return sign(hub.publisherKey, { mercure: { publish } }, options);
}

export function subscriberToken(
  hub: HubKeys,
  subscribe: readonly string[] = ['*'],
  options?: TokenOptions,
): Promise<string> {
  return sign(hub.subscriberKey, { mercure: { subscribe } }, options);
}
