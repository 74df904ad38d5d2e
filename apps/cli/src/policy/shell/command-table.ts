import { createHash } from 'node:crypto';
import { z } from 'zod';
import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';

/** An operator's own commands: names and what they can do, whatever their arguments. They come before ours. */
export const commandAdditionsSchema = z.record(
  z.string().regex(/^[\w][\w.+-]{0,63}$/, 'expected the name of a command'),
  z.enum(COMMAND_CLASSES),
);
export type CommandAdditions = z.infer<typeof commandAdditionsSchema>;

/** What is known of commands. */
export interface CommandTable {
  readonly commands: ReadonlyMap<string, CommandClass>;
  /** Another one when anything in it is. Goes into the version of the policy. */
  readonly version: string;
}

const OURS: readonly (readonly [string, CommandClass])[] = [
  ['echo', 'read-only'],
  ['uptime', 'read-only'],
  ['rm', 'mutating'],
];

export function loadCommandTable(additions: CommandAdditions = {}): CommandTable {
  const entries = [...OURS, ...Object.entries(additions)];
  const version = createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
  return { commands: new Map(entries), version };
}
