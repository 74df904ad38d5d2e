import { relative } from 'node:path';
import { operatorAccount } from '../session-inventory.ts';

/** With `~` for the operator's home. */
export function shortPath(path: string): string {
  const below = relative(operatorAccount().homedir, path);
  return below.startsWith('..') ? path : `~/${below}`;
}
