import { failure, ok, type Seen } from './finding.ts';

/** Oldest Node that this runs on, as in package.json. */
const OLDEST = [22, 18] as const;

export function nodeCheck(version: string = process.versions.node): Seen[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const needed = OLDEST.join('.');
  return [isOld ? failure(`Node ${version} is too old.`, `Install Node ${needed} or newer.`) : ok(`Node ${version}.`)];
}
