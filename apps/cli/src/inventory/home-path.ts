import { join } from 'node:path';

/** `~` and `~/…` below the operator's home folder; anything else as it is. */
export function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

/** `~user`: the home folder of a user, which Node cannot look up. */
export const HOME_OF_USER = /^~[^/]/;
