import type { Identity, ServonautError } from '@servonaut/contracts';
import type { Credentials } from '../session/credentials.ts';
import type { DeviceLogin } from '../session/device-login.ts';
import { SETTINGS } from '../session/settings.ts';
import type { Login } from '../services/login-service.ts';
import type { Logout } from '../services/logout-service.ts';
import type { WhoAmI } from '../services/whoami-service.ts';
import { plainText, table } from './plain-text.ts';
import { errorJson } from './render-error.ts';

/** @param url the coordinator's */
export function renderDeviceCode(url: string, login: Pick<DeviceLogin, 'url' | 'code' | 'expiresInSeconds'>): string {
  const minutes = Math.max(1, Math.round(login.expiresInSeconds / 60));
  return [
    `To sign in to ${plainText(url)}`,
    '',
    `  1. open ${plainText(login.url)} in a browser, on this machine or any other,`,
    `  2. enter the code ${plainText(login.code)} (good for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}).`,
    '',
  ].join('\n');
}

const DELAYS = {
  slow_down: 'The coordinator wants to be asked less often; still waiting.',
  outage: 'The coordinator does not answer; still waiting, and asking it again.',
} as const;

/** Why a sign-in that waits takes longer. */
export function renderDelay(delay: keyof typeof DELAYS): string {
  return DELAYS[delay];
}

/** @param tokensIn `keychain`, or the path of a file */
export function renderLogin({ credentials }: Login, profile: string, tokensIn: string): string {
  const { url, user_name: user } = credentials;
  const until = untilOf(credentials);
  return [
    `Logged in to ${url} as ${plainText(user)} (profile ${profile}).`,
    // Whoever guesses a code that waits signs in this machine as themselves.
    ...('sign_in' in credentials
      ? [`If that is not you, somebody else has confirmed the code: run "${command('logout', profile)}".`]
      : []),
    placeText(tokensIn),
    ...(until === undefined ? [] : [`This sign-in lasts until ${day(until)}, while it is in use.`]),
    `Next: "${command('connect', profile)}" lets your agents work on your servers.`,
  ].join('\n');
}

function command(name: string, profile: string): string {
  return `servonaut ${name}${profile === SETTINGS.profile.default ? '' : ` --profile ${profile}`}`;
}

export function loginJson({ credentials, leftBehind }: Login, profile: string, tokensIn: string): object {
  const { url, user_name: user, label } = credentials;
  const left = leftBehind ? errorJson(leftBehind).error : null;
  const until = untilOf(credentials) ?? null;
  return { profile, url, user, label, signed_in_until: until, tokens_in: tokensIn, left_behind: left };
}

/** What is to be done about the former sign-in. */
export function renderLeftBehind({ message, nextStep }: ServonautError): string {
  return plainText(`Warning: ${message} ${nextStep}`);
}

function untilOf(credentials: Credentials): string | undefined {
  return 'sign_in' in credentials ? credentials.sign_in.until : undefined;
}

/** Of an instant as the coordinator writes it, in UTC. */
function day(instant: string): string {
  return instant.slice(0, 10);
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
    ...(signedIn ? lastDay(identity) : [['Expires', identity.expires_at ?? 'never']]),
    ['Kept in', tokensIn],
  ]);
}

/** Sooner when it is not used for a while. */
function lastDay({ signed_in_until: until }: Identity): string[][] {
  return until === undefined ? [] : [['Until', `${day(until)} at the latest`]];
}

export function whoAmIJson({ profile, url, identity, signedIn, tokensIn }: WhoAmI): object {
  const { user_id, user_name, label, scopes, expires_at, client = null } = identity;
  const who = { user_id, user: user_name, label, client, scopes, token_expires_at: expires_at };
  return {
    profile,
    url,
    ...who,
    signed_in: signedIn,
    signed_in_until: identity.signed_in_until ?? null,
    tokens_in: tokensIn,
  };
}
