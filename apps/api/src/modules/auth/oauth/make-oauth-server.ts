import type { RequestHandler } from 'express';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sessionCookie } from '../people/session-cookie.ts';
import type { UserService } from '../people/user-service.ts';
import type { WebSessions } from '../people/web-sessions.ts';
import type { ClientDocuments } from './client-documents.ts';
import { clientPolicy } from './client-policy.ts';
import type { FlowPages } from './flow-pages.ts';
import { LibraryOauthServer } from './library-oauth-server.ts';
import type { SetLifetimes } from './lifetimes.ts';
import type { OidcRecords } from './oidc-records.ts';
import type { ClientDocumentRules } from './provider-settings.ts';
import { recordAdapter } from './record-adapter.ts';
import { RefreshFamilies } from './refresh-families.ts';
import type { RequestLimits } from './request-limits.ts';
import { signInPolicy } from './sign-in-policy.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What the authorization server stands on. */
export interface OauthGround extends SetLifetimes, RequestLimits {
  readonly publicUrl: string;
  readonly keys: Pick<CoordinatorKeys, 'derive'>;
  readonly signingKeys: SigningKeys;
  readonly records: OidcRecords;
  readonly users: UserService;
  readonly webSessions: WebSessions;
  readonly pages: FlowPages;
  readonly registration: RequestHandler;
  readonly documents: ClientDocuments;
  /** Null: clients have no documents. */
  readonly documentRules: ClientDocumentRules | null;
}

export function makeOauthServer(ground: OauthGround): LibraryOauthServer {
  const { publicUrl, keys, records, users, webSessions, documents } = ground;
  return new LibraryOauthServer({
    ...ground,
    adapter: recordAdapter(records, ground),
    families: new RefreshFamilies(records, keys),
    storedName: (grantId) => records.storedName(grantId),
    cookieKeys: [Buffer.from(keys.derive('oauth/cookies')).toString('base64url')],
    policy: signInPolicy(webSessions, sessionCookie(publicUrl)),
    isLive: async (userId) => (await users.get(userId)).disabledAt === null,
    documents: ground.documentRules,
    fetch: (input, init) => documents.fetch(addressOf(input), init?.signal ?? new AbortController().signal),
    checkClient: clientPolicy,
  });
}

function addressOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}
