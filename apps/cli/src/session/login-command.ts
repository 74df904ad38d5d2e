import type { ProfilePaths } from './profile-paths.ts';

/** The command that logs a profile in. Always with its name: whoever reads it may have another one chosen. */
export function loginCommand({ name }: Pick<ProfilePaths, 'name'>, url?: string): string {
  return `"servonaut login ${url === undefined ? '' : `--url ${url} `}--profile ${name}"`;
}
