import type { EffectiveEntitlementsBody } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What limits the calls of somebody, as it looks over HTTP. */
export function presentEntitlements(
  { userId, levels }: Pick<Principal, 'userId' | 'levels'>,
  now: Date,
): EffectiveEntitlementsBody {
  return {
    user_id: userId,
    levels: levels.map(({ kind, id, label, rules }) => ({ kind, id, label, rules })),
    resets: { per_minute: endOfThe(MINUTE_MS, now), per_day: endOfThe(DAY_MS, now) },
  };
}

/** Of the one in UTC that the instant is in. */
function endOfThe(windowMs: number, now: Date): string {
  return new Date((Math.floor(now.getTime() / windowMs) + 1) * windowMs).toISOString();
}
