import type { ServonautError } from '@servonaut/contracts';
import { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { addressKey } from '../../../platform/limits/address-key.ts';
import type { LimitName } from '../../../platform/limits/named-limits.ts';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { KeptDocuments } from './kept-documents.ts';
import { isTooMany, retryAfter } from './too-many.ts';

const EVERYBODY = 'all';
/** What an agent is asked to wait whose document is away, in seconds. */
const AWAY_RETRY_SECONDS = 30;

interface DocumentParts {
  readonly limits: RateLimits;
  readonly documents: Pick<KeptDocuments, 'hasFresh' | 'bring' | 'isUnkept' | 'keep'>;
  /** Whether somebody has let a client in, and still does. */
  readonly isLetIn: (clientId: string) => Promise<boolean>;
}

/** A request of the library; undefined outside of one, where a flow that has begun looks at its client again. */
type Context = KoaContextWithOIDC | undefined;

/**
 * When a document is fetched that is not in the library's cache: no more often than strangers may make the coordinator ask others for something. Who uses
 * an agent already does not wait for strangers, and is not signed out while the document is away.
 */
export function documentRules({ limits, isLetIn, documents }: DocumentParts) {
  return {
    allowFetch: async (ctx: Context, clientId: string): Promise<boolean> => {
      if (documents.hasFresh(clientId)) return true;
      if (ctx) await takeLimit(limits, ctx, 'document_address', addressKey(ctx.ip));
      if (!(await isLetIn(clientId))) await takeLimit(limits, ctx, 'document_all', EVERYBODY);
      else if (!(await documents.bring(clientId))) throw away(ctx);
      return true;
    },
    /** The library has made a client of the document, so it is good. */
    allowClient: async (_ctx: Context, { clientId }: Pick<Client, 'clientId'>): Promise<boolean> => {
      if (documents.isUnkept(clientId) && (await isLetIn(clientId))) await documents.keep(clientId);
      return true;
    },
  };
}

async function takeLimit(limits: RateLimits, ctx: Context, limit: LimitName, key: string): Promise<void> {
  try {
    await limits.take(limit, key);
  } catch (error) {
    throw isTooMany(error) ? tooMany(ctx, error) : error;
  }
}

function tooMany(ctx: Context, refusal: ServonautError): Error {
  return unavailable(ctx, 429, retryAfter(refusal), `Too many documents were asked for. ${refusal.nextStep}`);
}

function away(ctx: Context): Error {
  const description = 'What the client says of itself cannot be fetched from its address now. Try again later.';
  return unavailable(ctx, 503, String(AWAY_RETRY_SECONDS), description);
}

/** Other than "no such client", on which a client drops all that it was given. */
function unavailable(ctx: Context, status: number, seconds: string, description: string): Error {
  ctx?.set('Retry-After', seconds);
  const error = new errors.OIDCProviderError(status, 'temporarily_unavailable');
  return Object.assign(error, { error_description: description, allow_redirect: false, expose: true });
}
