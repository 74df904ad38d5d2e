import { join } from 'node:path';

/** Where the plugins of all profiles are. Every command looks whether it is there, so this file imports nothing else. */
export function pluginsFolder(environment: { readonly stateDir: string }): string {
  return join(environment.stateDir, 'plugins');
}
