import { errors, Provider, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { GrantLifetimes } from './lifetimes.ts';
import type { OidcRecords } from './oidc-records.ts';

/** `OidcRecords` as the library asks for them: one adapter for each of its models. */
export function recordAdapter(records: OidcRecords, lifetimes: GrantLifetimes): AdapterFactory {
  return (model: string): Adapter => ({
    upsert: (name, payload: AdapterPayload, seconds) => records.save(model, name, payload, seconds),
    find: (name) => records.find(model, name),
    findByUserCode: (code) => records.findByUserCode(model, code),
    findByUid: (uid) => records.findByUid(model, uid),
    destroy: (name) => records.destroy(model, name),
    revokeByGrantId: (grant) => records.destroyOfGrant(model, grant),
    // The library looks whether it was used and then marks it, between which a second one passes.
    consume: async (name) => {
      if (!(await records.consume(model, name))) throw alreadyUsed();
    },
    ...(model === 'Grant' && grants(records, lifetimes)),
    ...(model === 'RefreshToken' && refreshTokens(records, lifetimes)),
  });
}

function grants(records: OidcRecords, { idleSeconds, grantSeconds }: GrantLifetimes): Partial<Adapter> {
  return {
    upsert: (name, payload, seconds = grantSeconds) =>
      records.save('Grant', name, payload, Math.min(seconds, idleSeconds), { latestSeconds: seconds }),
  };
}

/** To use one is to put its successor in its place. Between the two steps that the library takes for that, a process could end, or a second one pass. */
function refreshTokens(records: OidcRecords, { idleSeconds, refreshLeewaySeconds }: GrantLifetimes): Partial<Adapter> {
  return {
    find: (name) => records.findRefreshToken(name),
    consume: () => Promise.resolve(),
    upsert: async (name, payload, seconds = idleSeconds) => {
      const former = Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti;
      if (former === undefined) return records.save('RefreshToken', name, payload, seconds);
      const lifetimes = { seconds, leewaySeconds: refreshLeewaySeconds };
      if (!(await records.rotate(former, name, payload, lifetimes))) throw alreadyUsed();
    },
  };
}

function alreadyUsed(): errors.InvalidGrant {
  return new errors.InvalidGrant('already used');
}
