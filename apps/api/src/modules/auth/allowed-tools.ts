import type { Principal } from './principal.ts';

const BY_COMMANDS_ALONE: readonly string[] = ['run_command'];

/** The only tools that a token is for; null for any. One for approved commands, of which nothing is said of tools, is for those commands alone. */
export function allowedTools({ tools, commands }: Pick<Principal, 'tools' | 'commands'>): readonly string[] | null {
  return tools ?? (commands ? BY_COMMANDS_ALONE : null);
}
