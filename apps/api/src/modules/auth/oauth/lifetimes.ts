import type { Configuration } from 'oidc-provider';

/** How long things live, in seconds. */
const SECONDS = { AuthorizationCode: 60, IdToken: 300 } as const;

/** Of a flow, once somebody has signed in to it. */
const CONSENT_SECONDS = 900;
/** Of the library's session, which only carries flows, once somebody has signed in. */
const SESSION_SECONDS = 3_600;

/** Of the library's session while nobody has signed in: it holds the form into which a code of a device is typed. */
export const STRANGER_SESSION_SECONDS = 600;

/** Of what somebody has allowed a client, in seconds. */
export interface GrantLifetimes {
  /** Without a renewal. */
  readonly idleSeconds: number;
  /** However much it is used: then somebody has to consent again. */
  readonly grantSeconds: number;
  /** In which a refresh token that was used is taken once more while its successor is not in use. 0: never. */
  readonly refreshLeewaySeconds: number;
}

/** Those that have a setting, in seconds. */
export interface SetLifetimes extends GrantLifetimes {
  readonly accessTokenSeconds: number;
  /** Of a flow that nobody has signed in to yet. */
  readonly signInSeconds: number;
  readonly deviceCodeSeconds: number;
}

/** What strangers can cause to be stored lives for shorter than what people have signed in to. */
export function lifetimes(set: SetLifetimes): NonNullable<Configuration['ttl']> {
  return {
    ...SECONDS,
    AccessToken: set.accessTokenSeconds,
    RefreshToken: set.idleSeconds,
    Grant: set.grantSeconds,
    DeviceCode: set.deviceCodeSeconds,
    Interaction: (_ctx, { session }) => (session?.accountId === undefined ? set.signInSeconds : CONSENT_SECONDS),
    Session: (_ctx, { accountId }) => (accountId === undefined ? STRANGER_SESSION_SECONDS : SESSION_SECONDS),
  };
}
