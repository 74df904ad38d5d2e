import type { KeyObject } from 'node:crypto';
import { requestedScopeSchema, ServonautError, type RequestedScope } from '@servonaut/contracts';
import { compactVerify, decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose';
import { z } from 'zod';
import { SIGNING_ALGORITHM } from './signing-key-store.ts';

/** How far the clocks of two coordinators may be apart, in seconds. */
const CLOCK_SKEW_SECONDS = 5;

/** The longest life that `OAUTH_ACCESS_TOKEN_SECONDS` can give a token. */
const LONGEST_LIFE_SECONDS = 3_600;

/** Scopes of clients that are no business of ours, such as `openid`, are left out. */
const scopeClaim = z
  .string()
  .transform((text) =>
    text.split(' ').filter((scope): scope is RequestedScope => requestedScopeSchema.safeParse(scope).success),
  );

const seconds = z.number().int().nonnegative();

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().regex(/^\d{1,15}$/),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  scope: scopeClaim.prefault(''),
  client_id: z.string(),
  /** The client as people know it. */
  client_name: z.string().optional(),
  /** The grant, as it is stored. */
  gid: z.string(),
});

/** What an access token says (RFC 9068 section 2.2, and two claims of ours). */
export type AccessTokenClaims = z.output<typeof claimsSchema>;

/** What it says, and which key vouches for it. */
export type SignedClaims = AccessTokenClaims & { readonly kid: string };

/** Keys of ours by their id; undefined for an unknown one. */
export type FindKey = (kid: string) => Promise<KeyObject | undefined>;

/**
 * The claims of a token that we have signed as an access token and that is valid now, for whichever audience.
 * @throws ServonautError `token_invalid` or `token_expired`.
 */
export async function accessTokenClaims(
  token: string,
  { findKey, issuer, now }: { findKey: FindKey; issuer: string; now: Date },
): Promise<SignedClaims> {
  const header = headerOf(token);
  checkAlgorithm(header);
  checkType(header);
  const { kid, key } = await keyOf(header, findKey);
  const claims = claimsOf(await signedText(token, key));
  checkIssuer(claims, issuer);
  checkBegun(claims, now);
  checkLife(claims);
  checkNotOver(claims, now);
  return { ...claims, kid };
}

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw refused('it is not a JSON Web Token', { cause });
  }
}

/** One algorithm, ours. The attacks: `none`, and HS256 with the public key as the secret (RFC 8725 section 2.1). */
export function checkAlgorithm({ alg }: ProtectedHeaderParameters): void {
  if (alg !== SIGNING_ALGORITHM) throw refused('its algorithm is not ours');
}

/** The attack: an identity token, which the same keys sign and many parties see, shown as an access token (RFC 9068 section 5). */
export function checkType({ typ }: ProtectedHeaderParameters): void {
  if (typ?.toLowerCase().replace(/^application\//, '') !== 'at+jwt') throw refused('it is not an access token');
}

/** A key is found by its id and nowhere else: neither `jwk` nor `jku` of a header is looked at. */
async function keyOf({ kid }: ProtectedHeaderParameters, findKey: FindKey): Promise<{ kid: string; key: KeyObject }> {
  const key = typeof kid === 'string' ? await findKey(kid) : undefined;
  if (!key || kid === undefined) throw refused('it is signed with a key that is not ours');
  return { kid, key };
}

async function signedText(token: string, key: KeyObject): Promise<Uint8Array> {
  try {
    return (await compactVerify(token, key, { algorithms: [SIGNING_ALGORITHM] })).payload;
  } catch (cause) {
    throw refused('its signature is not right', { cause });
  }
}

function claimsOf(text: Uint8Array): AccessTokenClaims {
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(text).toString('utf8')));
  } catch (cause) {
    throw refused('it lacks a claim that ours have', { cause });
  }
}

/** Two coordinators may share a database, and with it their keys, under different names. */
export function checkIssuer({ iss }: Pick<AccessTokenClaims, 'iss'>, issuer: string): void {
  if (iss !== issuer) throw refused('it is of another issuer');
}

/** The attack: one who runs a server for which a user gave a token passes it on to another (RFC 8707 section 3). */
export function checkAudience({ aud }: Pick<AccessTokenClaims, 'aud'>, audience: string): void {
  if (aud === audience) return;
  const message = 'The token is for another address than this one.';
  throw refused('it is for another audience', { message, nextStep: `Ask for one with the resource ${audience}.` });
}

export function checkBegun({ nbf, iat }: Pick<AccessTokenClaims, 'nbf' | 'iat'>, now: Date): void {
  const begin = Math.max(iat, nbf ?? iat);
  if (begin - CLOCK_SKEW_SECONDS > now.getTime() / 1_000) throw refused('it is not valid yet');
}

/** We have not signed one for longer: somebody else has our key. */
export function checkLife({ iat, exp }: Pick<AccessTokenClaims, 'iat' | 'exp'>): void {
  if (exp - iat > LONGEST_LIFE_SECONDS) throw refused('it lives for longer than ours do');
}

/** To the second, as the client was told. */
export function checkNotOver({ exp }: Pick<AccessTokenClaims, 'exp'>, now: Date): void {
  if (exp * 1_000 <= now.getTime()) throw new ServonautError('token_expired');
}

/** The same sentence for all, unless the caller has shown a token that we have signed. */
function refused(detail: string, more: { message?: string; nextStep?: string; cause?: unknown } = {}): ServonautError {
  return new ServonautError('token_invalid', { detail, ...more });
}
