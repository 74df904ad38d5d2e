import { z } from 'zod';

/** What a sign-in has brought. Instants are milliseconds since the epoch by the clock of this machine. */
export const oauthTokensSchema = z.object({
  /** The sign-in that they belong to; a profile that signs in anew must not go on with tokens for another coordinator. */
  session: z.uuid(),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  issued_at: z.number(),
  expires_at: z.number(),
});
/** Never log or print them. */
export type OauthTokens = z.infer<typeof oauthTokensSchema>;

export const TOKEN_PLACES = ['keychain', 'file'] as const;
export type TokenPlace = (typeof TOKEN_PLACES)[number];

/** Where the tokens of one profile are kept. */
export interface TokenStore {
  readonly place: TokenPlace;
  /** Undefined when there are none. @throws ServonautError `config_invalid` */
  load(): Promise<OauthTokens | undefined>;
  /** Replaces what was there. @throws ServonautError `config_invalid` */
  save(tokens: OauthTokens): Promise<void>;
  remove(): Promise<void>;
}

/** Undefined when it is not what we have stored. */
export function parseTokens(text: string): OauthTokens | undefined {
  try {
    return oauthTokensSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
