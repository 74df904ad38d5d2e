import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';

/** What a client of the SDK keeps of its sign-in, and the addresses that it wants a person to open, in order. */
export interface SdkSignIn extends OAuthClientProvider {
  readonly asked: URL[];
}

export function anSdkSignIn(redirectUrl: string): SdkSignIn {
  const asked: URL[] = [];
  let client: StoredOAuthClientInformation | undefined;
  let tokens: StoredOAuthTokens | undefined;
  let discovered: OAuthDiscoveryState | undefined;
  let verifier = '';
  return {
    asked,
    redirectUrl,
    clientMetadata: { client_name: 'An agent of the SDK', redirect_uris: [redirectUrl] },
    clientInformation: () => client,
    saveClientInformation: (given) => void (client = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    discoveryState: () => discovered,
    saveDiscoveryState: (given) => void (discovered = given),
    redirectToAuthorization: (address) => void asked.push(address),
    codeVerifier: () => verifier,
    saveCodeVerifier: (given) => void (verifier = given),
  };
}
