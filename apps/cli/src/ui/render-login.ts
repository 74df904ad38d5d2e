import type { Login } from '../services/login-service.ts';
import type { Logout } from '../services/logout-service.ts';
import type { WhoAmI } from '../services/whoami-service.ts';
import { plainText, table } from './plain-text.ts';

/** Where to confirm a sign-in. */
export function renderDeviceCode(login: { url: string; code: string; expiresInSeconds: number }): string {
  const minutes = Math.round(login.expiresInSeconds / 60);
  return [
    `To sign in, open ${plainText(login.url)} in a browser on any machine`,
    `and enter the code ${plainText(login.code)} (good for ${minutes} minutes).`,
  ].join('\n');
}

/** @param tokensIn `keychain`, or the path of a file */
export function renderLogin({ credentials }: Login, profile: string, tokensIn: string): string {
  const { url, user_name: user } = credentials;
  return `Logged in to ${url} as ${plainText(user)} (profile ${profile}).\n${placeText(tokensIn)}`;
}

function placeText(tokensIn: string): string {
  return tokensIn === 'keychain'
    ? 'The tokens are in the keychain of this machine.'
    : `The token is in ${tokensIn}, which you alone can read.`;
}

export function renderLogout({ url, user, revoked }: Logout, profile: string): string {
  const done = `Logged out of ${url} as ${plainText(user)} (profile ${profile}).`;
  return revoked ? done : `${done}\nThe token itself stays good until an admin revokes it.`;
}

export function renderWhoAmI({ profile, url, identity, signedIn, tokensIn }: WhoAmI): string {
  return table([
    ['Profile', profile],
    ['Coordinator', url],
    ['User', `${plainText(identity.user_name)} (${identity.user_id})`],
    [signedIn ? 'Signed in' : 'Token', plainText(identity.client ?? identity.label)],
    ['Scopes', plainText(identity.scopes.join(' '))],
    ...(signedIn ? [] : [['Expires', identity.expires_at ?? 'never']]),
    ['Kept in', tokensIn],
  ]);
}

export function whoAmIJson({ profile, url, identity, signedIn, tokensIn }: WhoAmI): object {
  const { user_id, user_name, label, scopes, expires_at, client = null } = identity;
  const who = { user_id, user: user_name, label, client, scopes, token_expires_at: expires_at };
  return { profile, url, ...who, signed_in: signedIn, tokens_in: tokensIn };
}
