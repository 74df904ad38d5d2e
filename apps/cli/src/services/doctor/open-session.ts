import { ServonautError } from '@servonaut/contracts';
import { readEnvironment, type Environment } from '../../session/environment.ts';
import { profilePaths } from '../../session/profile-paths.ts';
import { openSession, type Session } from '../../session/session.ts';
import { defaultSettings } from '../../session/settings.ts';

/**
 * As other commands open it; with settings that are not valid, by the defaults, so that everything else can be looked at.
 * @throws ServonautError `config_invalid` for the name of a profile that is none
 */
export function openAnySession(
  profileFlag?: string,
  environment: Environment = readEnvironment(),
): { readonly session: Session; readonly settingsFault: ServonautError | undefined } {
  try {
    return { session: openSession(profileFlag, environment), settingsFault: undefined };
  } catch (error) {
    if (!(error instanceof ServonautError)) throw error;
    return { session: byDefaults(profileFlag ?? environment.profile, environment), settingsFault: error };
  }
}

function byDefaults(name: string | undefined, environment: Environment): Session {
  const settings = defaultSettings();
  const profile = name === undefined ? settings.profile : { value: name, source: '--profile or SERVONAUT_PROFILE' };
  return { profile, paths: profilePaths(profile.value, environment), settings, environment };
}
