import type { Principal } from './principal.ts';

const BY_COMMANDS_ALONE: readonly string[] = ['run_command'];

/** What takes a command in its caller's own words, and has no form for approved ones. */
const OWN_WORDS: readonly string[] = ['start_job'];

/**
 * The only tools that a token is for; null for any. One for approved commands, of which nothing is said of tools, is for those commands alone, and none
 * of approved commands is for what would run others.
 */
export function allowedTools({ tools, commands }: Pick<Principal, 'tools' | 'commands'>): readonly string[] | null {
  return commands ? (tools ?? BY_COMMANDS_ALONE).filter((tool) => !OWN_WORDS.includes(tool)) : tools;
}
