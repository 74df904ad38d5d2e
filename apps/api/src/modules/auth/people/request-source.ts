/** Where a request of a browser comes from, for limits and for the list of sessions. Facts of the connection, claims in the headers. */
export interface RequestSource {
  /** IP address, as `TRUST_PROXY` lets it be believed. */
  readonly address: string;
  /** `User-Agent`, cut to 200 characters. */
  readonly agent: string;
  /** Names the browser when the person whose sign-in is tried has signed in with it before (`KnownBrowsers`). */
  readonly knownAs?: string | undefined;
}
