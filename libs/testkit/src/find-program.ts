import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions put servers that they keep out of PATH. Patterns; the highest version wins. */
const USUAL_PLACES = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/local/go/bin',
  '/usr/lib/go/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
];

/** Absolute path of a program in PATH or in the usual places, or undefined. */
export function findProgram(name: string): string | undefined {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const elsewhere = USUAL_PLACES.flatMap((place) => globSync(place).toSorted(byVersionDescending));
  return [...inPath, ...elsewhere].map((folder) => join(folder, name)).find(isExecutable);
}

/** @throws Error that says what is missing and how the tests install it. */
export function requireProgram(name: string): string {
  const path = findProgram(name);
  if (!path)
    throw new Error(`${name} was found neither in PATH nor in the usual places; "npm test" installs it or says how`);
  return path;
}

function byVersionDescending(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
