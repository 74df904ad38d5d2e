import { ServonautError } from '@servonaut/contracts';
import { loadCredentials } from '../../session/credentials.ts';
import { loginCommand } from '../../session/login-command.ts';
import { profileTokens } from '../../session/profile-tokens.ts';
import { openSession } from '../../session/session.ts';
import { RestClient } from './rest-client.ts';

export interface RestOptions {
  readonly profile: string | undefined;
  readonly warn: (message: string) => void;
}

/**
 * Works with the coordinator of a profile, as whoever is logged in there.
 * @throws ServonautError `not_logged_in`, `signed_out`; `insufficient_scope` with the login that would do
 */
export async function withRest<T>({ profile, warn }: RestOptions, work: (rest: RestClient) => Promise<T>): Promise<T> {
  const { paths, settings } = openSession(profile);
  const credentials = await loadCredentials(paths);
  const tokens = profileTokens(paths, credentials, warn);
  const timeoutMs = settings.call_timeout_seconds.value * 1_000;
  const rest = new RestClient({ url: credentials.url, tokens, timeoutMs });
  try {
    return await work(rest);
  } catch (error) {
    throw (error instanceof ServonautError && lacking(error, loginCommand(paths))) || error;
  } finally {
    rest.close();
  }
}

/** The flags of `servonaut login` are called like the scopes that they ask for. */
const LACKING = new Map<unknown, { readonly message: string; readonly condition: string }>([
  [
    'admin',
    { message: 'This profile is not logged in as an admin: it lacks the scope admin.', condition: ', if you are one' },
  ],
  [
    'credentials',
    {
      message: 'This profile is not logged in for credentials and delegations: it lacks the scope credentials.',
      condition: ', or with another profile to keep the login of this one',
    },
  ],
]);

/** @param login with the quotes around it. @returns undefined for what another login would not change */
function lacking(cause: ServonautError, login: string): ServonautError | undefined {
  const { code, facts } = cause;
  const lack = LACKING.get(facts['scope']);
  if (code !== 'insufficient_scope' || !lack) return undefined;
  return new ServonautError('insufficient_scope', {
    message: lack.message,
    nextStep: `Run ${login.replace(' login', ` login --${String(facts['scope'])}`)}${lack.condition}.`,
    facts,
    cause,
  });
}
