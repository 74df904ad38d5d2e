import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { OidcRecords } from './oidc-records.ts';

/** `OidcRecords` as the library asks for them: one adapter for each of its models. */
export function recordAdapter(records: OidcRecords): AdapterFactory {
  return (model: string): Adapter => ({
    upsert: (name, payload: AdapterPayload, seconds) => records.save(model, name, payload, seconds),
    find: (name) => records.find(model, name),
    findByUserCode: (code) => records.findByUserCode(model, code),
    findByUid: (uid) => records.findByUid(model, uid),
    destroy: (name) => records.destroy(model, name),
    revokeByGrantId: (grant) => records.destroyOfGrant(model, grant),
    // The library looks whether it was used and then marks it, between which a second one passes.
    consume: async (name) => {
      // A used refresh token is known by what it says itself (`RefreshFamilies`).
      const isFirst = model === 'RefreshToken' ? records.take(model, name) : records.consume(model, name);
      if (!(await isFirst)) throw new errors.InvalidGrant('already used');
    },
  });
}
