import type { ServonautError } from '@servonaut/contracts';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { addressKey } from '../../../platform/limits/address-key.ts';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { isTooMany, retryAfter } from './too-many.ts';

const EVERYBODY = 'all';

/** Whether somebody has let a client in, and still does. */
type IsLetIn = (clientId: string) => Promise<boolean>;

/**
 * When a document is fetched that is not in the library's cache: no more often than strangers may make the coordinator ask others for something. Who uses
 * an agent already does not wait for strangers.
 */
export function documentRules(limits: RateLimits, isLetIn: IsLetIn) {
  return {
    /** @param ctx undefined outside of the library's requests, where a flow that has begun looks at its client again */
    allowFetch: async (ctx: KoaContextWithOIDC | undefined, clientId: string): Promise<boolean> => {
      try {
        if (ctx) await limits.take('document_address', addressKey(ctx.ip));
        if (!(await isLetIn(clientId))) await limits.take('document_all', EVERYBODY);
        return true;
      } catch (error) {
        throw isTooMany(error) ? tooMany(ctx, error) : error;
      }
    },
  };
}

/** Other than "no such client", which a client would remember. */
function tooMany(ctx: KoaContextWithOIDC | undefined, refusal: ServonautError): Error {
  ctx?.set('Retry-After', retryAfter(refusal));
  const description = `Too many documents were asked for. ${refusal.nextStep}`;
  const error = new errors.OIDCProviderError(429, 'temporarily_unavailable');
  return Object.assign(error, { error_description: description, allow_redirect: false });
}
