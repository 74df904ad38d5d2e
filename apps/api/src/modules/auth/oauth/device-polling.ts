import { ServonautError } from '@servonaut/contracts';
import type { OIDCContext, Provider } from 'oidc-provider';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';

/**
 * Tells a device that asks too often to slow down (RFC 8628 section 3.5); the library answers `authorization_pending` however fast it is asked. The
 * device adds five seconds to its interval each time, so that a shortest one is all that has to be known here.
 */
export function slowDevicesDown(provider: Provider, limits: RateLimits): void {
  provider.use(async (ctx, next) => {
    await next();
    const oidc = ctx['oidc'] as OIDCContext | undefined;
    const body = ctx.body as { error?: unknown } | undefined;
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
