import { join } from 'node:path';
import { profileNameSchema, ServonautError } from '@servonaut/contracts';
import { readEnvironment, type Environment } from './environment.ts';

/** Where one profile keeps its things. The folders need not exist yet. */
export interface ProfilePaths {
  readonly name: string;
  /** What the operator writes or chose for it: credentials, `servers.yaml`, `policy.yaml`. (`settings.yaml` is one for all profiles.) */
  readonly configDir: string;
  /** What the executor remembers: journal, spool, lock, executor id. */
  readonly stateDir: string;
}

/** @throws ServonautError `config_invalid` when the name is not one that is safe as a folder. */
export function profilePaths(
  name: string,
  environment: Pick<Environment, 'configDir' | 'stateDir'> = readEnvironment(),
): ProfilePaths {
  const parsed = profileNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new ServonautError('config_invalid', {
      message: 'The name of the profile is not valid.',
      nextStep: 'Use up to 64 letters, digits or "_.-".',
    });
  }
  return {
    name,
    configDir: join(environment.configDir, 'profiles', name),
    stateDir: join(environment.stateDir, 'profiles', name),
  };
}
