import { readEnvironment, type Environment } from './environment.ts';
import { profilePaths, type ProfilePaths } from './profile-paths.ts';
import { loadSettings, type Settings, type Sourced } from './settings.ts';

/** Everything that a command knows before it does anything: which profile, where its files are, how it is set. */
export interface Session {
  readonly profile: Sourced<string>;
  readonly paths: ProfilePaths;
  readonly settings: Settings;
  readonly environment: Environment;
}

/**
 * @param profileFlag value of `--profile`; it wins over `SERVONAUT_PROFILE`, that over `settings.yaml`, that over `default`
 * @throws ServonautError `config_invalid`
 */
export function openSession(profileFlag?: string, environment: Environment = readEnvironment()): Session {
  const settings = loadSettings(environment);
  const profile = profileFlag === undefined ? settings.profile : { value: profileFlag, source: '--profile' };
  return { profile, paths: profilePaths(profile.value, environment), settings, environment };
}
