import { ServonautError } from '@servonaut/contracts';
import type { OIDCContext, Provider } from 'oidc-provider';
import type { RateLimit } from '../../../platform/limits/named-limits.ts';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';

/** How much longer than the limit wants it a device is told to wait: requests do not all take the same time. */
const MARGIN = 1.25;

/** What devices are told to wait between two questions, in whole seconds (RFC 8628 section 3.2). One that does is never too soon. */
export function pollInterval({ points, seconds }: RateLimit): number {
  return Math.ceil((MARGIN * seconds) / points);
}

/**
 * Tells a device how often it may ask, which the library does not, and to slow down when it asks too often (RFC 8628 section 3.5); the library answers
 * `authorization_pending` however fast it is asked. The device adds five seconds to its interval each time, so that a shortest one is all that has to be
 * known here.
 */
export function slowDevicesDown(provider: Provider, limits: RateLimits, intervalSeconds: number): void {
  provider.use(async (ctx, next) => {
    await next();
    const oidc = ctx['oidc'] as OIDCContext | undefined;
    const body = ctx.body as { error?: unknown; device_code?: unknown } | undefined;
    if (oidc?.route === 'device_authorization' && body?.device_code !== undefined)
      ctx.body = { ...body, interval: intervalSeconds };
    if (oidc?.route !== 'token' || body?.error !== 'authorization_pending') return;
    if (await isTooSoon(limits, String(oidc.params?.['device_code'])))
      ctx.body = { error: 'slow_down', error_description: 'asked too soon' };
  });
}

async function isTooSoon(limits: RateLimits, deviceCode: string): Promise<boolean> {
  try {
    await limits.take('device_poll', deviceCode);
    return false;
  } catch (refusal) {
    if (refusal instanceof ServonautError && refusal.code === 'too_many_requests') return true;
    throw refusal;
  }
}
