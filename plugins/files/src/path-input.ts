import { z } from '@servonaut/plugin-sdk';

/** Characters; PATH_MAX of Linux. */
const LONGEST_PATH = 4_096;

/** Absolute, so that it is neither an option nor `-` for standard input. */
export const pathSchema = z.string().max(LONGEST_PATH).startsWith('/', 'expected an absolute path');

/**
 * The one way in which a path to something can be written, but for links: the operator's policy and the operator go by it. It is bounded, since a script
 * names it, and each folder on the way, many times: 1,024 is PATH_MAX of macOS.
 */
export const plainPathSchema = z
  .string()
  .max(1_024)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/]+){1,32}$/, 'expected the absolute path of a file, without . and .. in it');

/** Of the folder that a file is in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** `/a/b/c`: `/a`, `/a/b` and itself. */
export function stepsTo(path: string): string[] {
  const names = path.split('/').slice(1);
  return names.map((_, at) => `/${names.slice(0, at + 1).join('/')}`);
}
