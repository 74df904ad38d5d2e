import type { RequestHandler } from 'express';
import type { Provider } from 'oidc-provider';
import type { FlowNames } from './flow-names.ts';

/** The authorization server as it is at the moment. A changed set of signing keys makes a new one in place of the old. */
export abstract class OauthServer {
  /** For one piece of work; not to be kept, as it may be replaced. */
  abstract readonly provider: Provider;

  /** Takes the requests that are for the authorization server, and passes on all others. Stays the same when the provider is replaced. */
  abstract readonly handler: RequestHandler;

  abstract readonly flowNames: FlowNames;

  /** Makes the provider anew from the keys of now. Flows that have begun go on. */
  abstract rebuild(): void;
}
