import type { EffectiveEntitlementsBody } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';
import { nameOfLimit } from './applied-rules.ts';
import type { Entitlements, UsedCount } from './entitlements.ts';

type CountBody = EffectiveEntitlementsBody['counts'][number];

/** What limits the calls of somebody, as it looks over HTTP. @throws ServonautError `unavailable` when calls cannot be counted */
export async function effectiveEntitlements(
  entitlements: Entitlements,
  { userId, levels }: Pick<Principal, 'userId' | 'levels'>,
): Promise<EffectiveEntitlementsBody> {
  return {
    user_id: userId,
    levels: levels.map(({ kind, id, label, rules }) => ({ kind, id, label, rules })),
    counts: (await entitlements.used(levels)).map(presentCount),
  };
}

function presentCount({ by, window, limit, used, resetsAt }: UsedCount): CountBody {
  const resets_at = resetsAt === null ? null : new Date(resetsAt).toISOString();
  return { rule: nameOfLimit(by, window), limit, used, resets_at };
}
