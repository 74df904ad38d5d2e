/**
 * What a command can do, from harmless to worst. `forbidden` is also what could not be parsed, resolved or named: it says that nothing good is
 * known, and the policy decides what follows from it.
 */
export const COMMAND_CLASSES = ['read-only', 'mutating', 'privileged', 'forbidden'] as const;
export type CommandClass = (typeof COMMAND_CLASSES)[number];

const RANK: Readonly<Record<CommandClass, number>> = { 'read-only': 0, mutating: 1, privileged: 2, forbidden: 3 };

/** One simple command, or one redirection of a compound one, at any depth. */
export interface FoundCommand {
  /** As it is written, its first 200 characters. */
  readonly text: string;
  /** Null for assignments and redirections alone, and where the name is not known before it runs. */
  readonly name: string | null;
  readonly class: CommandClass;
  readonly reason: string;
  /** Files and folders that it names to write or to remove, as they are written, `…` for what is not known before it runs. Absent: none. */
  readonly writes?: readonly string[];
  /** Words among its arguments that look like paths or hosts, the same way. Absent: none. */
  readonly names?: readonly string[];
}

export interface CommandVerdict {
  /** The worst of all that was found. */
  readonly class: CommandClass;
  readonly commands: readonly FoundCommand[];
  /** Why it is of its class, one sentence without a full stop. */
  readonly reason: string;
  /** It may run in another folder than it was started in. */
  readonly changesDirectory: boolean;
}

export function isWorse(one: CommandClass, other: CommandClass): boolean {
  return RANK[one] > RANK[other];
}

/** `read-only` for none. */
export function worstOf(classes: Iterable<CommandClass>): CommandClass {
  let worst: CommandClass = 'read-only';
  for (const each of classes) if (isWorse(each, worst)) worst = each;
  return worst;
}
