import { lstatSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { checkYamlSize } from '../session/yaml-file.ts';

/** Where a profile has its policy. */
export function policyPath({ configDir }: { readonly configDir: string }): string {
  return join(configDir, 'policy.yaml');
}

const invalid = (message: string) => new ServonautError('config_invalid', { message });

/** Whether there is one: a link that leads nowhere is an operator's policy too. */
export function isPolicyThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

const ANYBODY_WRITES = 0o002;

/** A group may be the operator's own, as where new files are writable by it; anybody is nobody's own. Windows has neither. */
function isTheirs({ uid, mode }: Stats): boolean {
  if (process.getuid === undefined) return true;
  return (uid === 0 || uid === process.getuid()) && (mode & ANYBODY_WRITES) === 0;
}

/** @throws ServonautError `config_invalid` for what others wrote or may write, is no file or too large, and what the system says of a file that cannot be read */
export function policyText(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file) throw invalid(`${path} is gone, or a link to nothing. "servonaut policy init" writes another.`);
  // Reading a pipe or a device might never end.
  if (!file.isFile()) throw invalid(`${path} is not a file.`);
  if (!isTheirs(file))
    throw invalid(`${path} belongs to another user, or may be written by anybody. Make it yours, and run "chmod o-w".`);
  checkYamlSize(path, file.size);
  return readFileSync(path, 'utf8');
}
