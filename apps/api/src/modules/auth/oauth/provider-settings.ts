import { randomUUID } from 'node:crypto';
import { OAUTH_CLI_CLIENT_ID } from '@servonaut/contracts';
import type { Response } from 'express';
import {
  errors,
  type AccessToken,
  type AdapterFactory,
  type Client,
  type ClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import { CLI_CLIENT_NAME, clientName } from './client-facts.ts';
import { deviceFlow } from './device-flow.ts';
import { flowCookieNames } from './flow-cookies.ts';
import type { FlowNames } from './flow-names.ts';
import type { FlowPages } from './flow-pages.ts';
import { DOCUMENT_SECONDS } from './kept-documents.ts';
import { lifetimes, type SetLifetimes } from './lifetimes.ts';
import { OAUTH_PATHS, SIGN_IN_PATH } from './oauth-paths.ts';
import { audienceOfResource, resourceOf, scopesAtHand } from './resources.ts';
import { showPage } from './show-page.ts';
import { SIGNING_ALGORITHM } from './signing-key-store.ts';
import type { PrivateJwk } from './signing-keys.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** What the settings of the library depend on. */
export interface ProviderParts extends SetLifetimes {
  readonly publicUrl: string;
  readonly adapter: AdapterFactory;
  /** The key that signs comes first. */
  readonly keys: readonly PrivateJwk[];
  readonly cookieKeys: readonly string[];
  readonly flowNames: FlowNames;
  readonly pages: FlowPages;
  readonly policy: NonNullable<NonNullable<Configuration['interactions']>['policy']>;
  /** Whether somebody may still use what they were given. */
  readonly isLive: (userId: string) => Promise<boolean>;
  /** Null: no client-id metadata documents. */
  readonly documents: ClientDocumentRules | null;
  /** In place of the global `fetch`, for every address that a client names. */
  readonly fetch: NonNullable<Configuration['fetch']>;
  /** The one rule for clients, wherever they come from. @throws errors.OIDCProviderError */
  readonly checkClient: (metadata: unknown) => void;
  /** From what the library calls a grant to its name in the table. */
  readonly storedName: (grantId: string) => string;
}

export interface ClientDocumentRules {
  readonly allowFetch: (ctx: KoaContextWithOIDC, clientId: string) => Promise<boolean> | boolean;
  /** Asked each time that a client has been made of its document. */
  readonly allowClient: (ctx: KoaContextWithOIDC, client: Client) => Promise<boolean> | boolean;
}

/** All settings of the library, each function given: for those that are left out it prints advice. */
export function providerSettings(parts: ProviderParts): Configuration {
  return {
    adapter: parts.adapter,
    fetch: parts.fetch,
    jwks: { keys: structuredClone([...parts.keys]) as unknown as NonNullable<Configuration['jwks']>['keys'] },
    ...clientSettings(parts),
    ...tokenSettings(parts),
    ttl: lifetimes(parts),
    routes: OAUTH_PATHS,
    cookies: cookieSettings(parts),
    features: features(parts),
    interactions: {
      url: ({ req, res }, { uid }) => `${SIGN_IN_PATH}/${parts.flowNames.nameFor(uid, req, res as Response)}`,
      policy: parts.policy,
    },
    // Each time somebody lets a client in is a grant of its own: to end one does not end the others of the same client.
    loadExistingGrant: async ({ oidc }) => {
      const id = oidc.result?.consent?.grantId;
      return id === undefined ? undefined : oidc.provider.Grant.find(id);
    },
    findAccount: async (_ctx, accountId) =>
      (await parts.isLive(accountId)) ? { accountId, claims: () => ({ sub: accountId }) } : undefined,
    renderError: (ctx, { error, error_description: description }) =>
      showPage(ctx, parts.pages.error(error, description ?? '')),
  };
}

function clientSettings({ checkClient }: ProviderParts): Partial<Configuration> {
  return {
    clients: [commandLine()],
    // For clients that say nothing: what an agent on somebody's machine is. Native ones may use any port on loopback (RFC 8252 section 7.3).
    clientDefaults: {
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: SIGNING_ALGORITHM,
    },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => false,
    // A property that nobody sends, so that every client passes the one rule; it sees the metadata before the library has looked at any type.
    extraClientMetadata: {
      properties: ['servonaut_policy'],
      validator: (_ctx, _key, _value, metadata) => checkClient(metadata),
    },
  };
}

function commandLine(): ClientMetadata {
  return {
    client_id: OAUTH_CLI_CLIENT_ID,
    client_name: CLI_CLIENT_NAME,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: [DEVICE_GRANT, 'refresh_token'],
    response_types: [],
    redirect_uris: [],
  };
}

function tokenSettings({ storedName }: ProviderParts): Partial<Configuration> {
  return {
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    enabledJWA: { idTokenSigningAlgValues: [SIGNING_ALGORITHM] },
    conformIdTokenClaims: true,
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    formats: {
      customizers: {
        jwt: ({ oidc: { client } }, token, jwt) => {
          jwt.payload['gid'] = storedName((token as AccessToken).grantId);
          jwt.payload['client_name'] = clientName(client?.clientId ?? '', client?.clientName);
        },
      },
    },
  };
}

function cookieSettings({ cookieKeys, publicUrl }: ProviderParts): NonNullable<Configuration['cookies']> {
  const options = { signed: true, httpOnly: true, sameSite: 'lax' } as const;
  return { keys: [...cookieKeys], names: flowCookieNames(publicUrl), long: options, short: options };
}

function features(parts: ProviderParts): NonNullable<Configuration['features']> {
  const ownTokens = (ctx: KoaContextWithOIDC, client: Client, token: { readonly clientId?: string | undefined }) =>
    client.clientId === token.clientId;
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    userinfo: { enabled: false },
    revocation: { enabled: true, allowedPolicy: ownTokens },
    introspection: { enabled: true, allowedPolicy: ownTokens },
    registration: { enabled: true, issueRegistrationAccessToken: false, idFactory: () => `dcr_${randomUUID()}` },
    clientIdMetadataDocument: parts.documents
      ? {
          enabled: true,
          ack: 'draft-02',
          cacheDuration: DOCUMENT_SECONDS,
          ...parts.documents,
        }
      : { enabled: false },
    // It would end the session of a flow and say "signed out", while the person's own goes on. `/sign-out` ends that one.
    rpInitiatedLogout: { enabled: false },
    deviceFlow: deviceFlow(parts.pages),
    resourceIndicators: resourceIndicators(parts),
  };
}

function resourceIndicators({ publicUrl, keys: [signing] }: ProviderParts) {
  if (!signing) throw new Error('there is no signing key');
  return {
    enabled: true,
    useGrantedResource: () => true,
    defaultResource: (_ctx: KoaContextWithOIDC, client: Client) =>
      resourceOf(client.clientId === OAUTH_CLI_CLIENT_ID ? 'api' : 'mcp', publicUrl),
    getResourceServerInfo: (ctx: KoaContextWithOIDC, resource: string): ResourceServer => {
      const audience = audienceOfResource(resource, publicUrl);
      if (audience === undefined) throw new errors.InvalidTarget();
      return {
        audience: resourceOf(audience, publicUrl),
        scope: scopesAtHand(audience, askedScope(ctx)),
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: SIGNING_ALGORITHM, kid: signing.kid } },
      };
    },
  };
}

/** Of the request, or else of what the request redeems. */
function askedScope({ oidc }: KoaContextWithOIDC): string {
  const { AuthorizationCode, RefreshToken, DeviceCode } = oidc.entities;
  const asked = oidc.params?.['scope'] ?? (AuthorizationCode ?? RefreshToken ?? DeviceCode)?.scope;
  return typeof asked === 'string' ? asked : '';
}
