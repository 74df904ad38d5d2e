import { join } from 'node:path';
import envPaths from 'env-paths';

/** What the process was started with. This file is the only one in the CLI that reads `process.env`. */
export interface Environment {
  /** `SERVONAUT_PROFILE`: the profile when `--profile` is not given. */
  readonly profile: string | undefined;
  /** `SERVONAUT_TOKEN`: the token that `login` stores when `--token` is not given. */
  readonly token: string | undefined;
  /** `SERVONAUT_CONFIG_DIR`: where profiles are configured. Default: the platform's config folder. */
  readonly configDir: string;
  /** `SERVONAUT_STATE_DIR`: where journals are kept. Default: the platform's data folder. */
  readonly stateDir: string;
  /** The operator's home folder, for `~/.ssh`. */
  readonly home: string | undefined;
  /** `SSH_AUTH_SOCK`: the operator's SSH agent. */
  readonly sshAuthSock: string | undefined;
  /** `BROWSER`: what opens an address; several are tried in turn. */
  readonly browser: string | undefined;
  /** Whether a browser could be shown to whoever started this: on Linux, `DISPLAY` or `WAYLAND_DISPLAY`; elsewhere, who did not come by SSH. */
  readonly display: boolean;
  /** `operatorsVariables`, for inventory sources, which find the credentials of the operator there. */
  readonly variables: Readonly<NodeJS.ProcessEnv>;
  /** The variable of a setting: `max_running` is `SERVONAUT_MAX_RUNNING`. Not parsed. */
  setting(key: string): string | undefined;
}

const platformPaths = envPaths('servonaut', { suffix: '' });

export function settingVariable(key: string): string {
  return `SERVONAUT_${key.toUpperCase()}`;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  // Empty counts as not set, as it does for the XDG variables.
  const given = (name: string): string | undefined => env[name] || undefined;
  return {
    profile: given('SERVONAUT_PROFILE'),
    token: given('SERVONAUT_TOKEN'),
    configDir: given('SERVONAUT_CONFIG_DIR') ?? platformPaths.config,
    stateDir: given('SERVONAUT_STATE_DIR') ?? platformPaths.data,
    home: given('HOME'),
    sshAuthSock: given('SSH_AUTH_SOCK'),
    browser: given('BROWSER'),
    display:
      process.platform === 'linux'
        ? Boolean(given('DISPLAY') ?? given('WAYLAND_DISPLAY'))
        : given('SSH_CONNECTION') === undefined,
    variables: operatorsVariables(env),
    setting: (key) => given(settingVariable(key)),
  };
}

/** The environment for a process that we start: what we were started with, as far as it is meant for it. */
export function variablesFor(isMeant: (name: string) => boolean, env = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => isMeant(name)));
}

/** For ssh(1), the commands of its configuration, inventory sources and browsers: what the operator has, without `SERVONAUT_TOKEN` and what else is ours. */
export function operatorsVariables(env = process.env): NodeJS.ProcessEnv {
  return variablesFor((name) => !name.startsWith('SERVONAUT_'), env);
}

/** A variable that the operator's ssh_config names, or that ssh(1) itself heeds. */
export function sshVariable(name: string): string | undefined {
  return process.env[name];
}

/** The shell that ssh(1) runs the commands of its configuration by. */
export function sshShell(): string {
  return sshVariable('SHELL') || '/bin/sh';
}

/**
 * Where Node keeps compiled code between runs. Never Node's default below the shared `/tmp`: code planted there by another user of the
 * machine would run with the operator's keys.
 */
export function compileCacheDir(): string {
  return join(platformPaths.cache, 'compiled');
}
