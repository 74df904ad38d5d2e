/** What a command may do, from the least to the worst. `forbidden` is also what is not understood. It is a class and no verdict: the policy decides. */
export type CommandClass = 'read-only' | 'mutating' | 'privileged' | 'forbidden';

/** A simple command that was found in a shell text. */
export interface FoundCommand {
  readonly text: string;
  /** Null when it is not known before it runs. */
  readonly name: string | null;
  readonly class: CommandClass;
  readonly reason: string;
}

/** What a shell text would do. */
export interface CommandVerdict {
  readonly class: CommandClass;
  readonly commands: readonly FoundCommand[];
  readonly reason: string;
  /** It may run in another folder than it was started in. */
  readonly changesDirectory: boolean;
}
