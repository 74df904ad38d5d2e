import { join } from 'node:path';
import envPaths from 'env-paths';

/** Settings that come from environment variables. This file is the only one in the CLI that reads `process.env`. */
export interface Environment {
  /** `SERVONAUT_PROFILE`: the profile when `--profile` is not given. */
  readonly profile: string | undefined;
  /** `SERVONAUT_TOKEN`: the token that `login` stores when `--token` is not given. */
  readonly token: string | undefined;
  /** `SERVONAUT_URL`: the coordinator when `--url` is not given. */
  readonly url: string | undefined;
  /** `SERVONAUT_CONFIG_DIR`: where profiles are configured. Default: the platform's config folder. */
  readonly configDir: string;
  /** `SERVONAUT_STATE_DIR`: where journals are kept. Default: the platform's data folder. */
  readonly stateDir: string;
  /** `SERVONAUT_MAX_RUNNING`, `SERVONAUT_GRACE_SECONDS`: see `settings.ts`. Not parsed yet. */
  readonly maxRunning: string | undefined;
  readonly graceSeconds: string | undefined;
  /** The operator's home folder, for `~/.ssh`. */
  readonly home: string | undefined;
  /** `SSH_AUTH_SOCK`: the operator's SSH agent. */
  readonly sshAuthSock: string | undefined;
}

const platformPaths = envPaths('servonaut', { suffix: '' });

/** Empty counts as not set, as it does for XDG variables. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    profile: given(env['SERVONAUT_PROFILE']),
    token: given(env['SERVONAUT_TOKEN']),
    url: given(env['SERVONAUT_URL']),
    configDir: given(env['SERVONAUT_CONFIG_DIR']) ?? platformPaths.config,
    stateDir: given(env['SERVONAUT_STATE_DIR']) ?? platformPaths.data,
    maxRunning: given(env['SERVONAUT_MAX_RUNNING']),
    graceSeconds: given(env['SERVONAUT_GRACE_SECONDS']),
    home: given(env['HOME']),
    sshAuthSock: given(env['SSH_AUTH_SOCK']),
  };
}

/**
 * Where Node keeps compiled code between runs. Never Node's default below the shared `/tmp`: code planted there by another user of the
 * machine would run with the operator's keys.
 */
export function compileCacheDir(): string {
  return join(platformPaths.cache, 'compiled');
}
