import type { ExecResult, ServonautError, ShellCommand } from '@servonaut/plugin-sdk';
import type { TimeBounds } from './time-window.ts';

/** Where lines come from. */
export interface LogSource {
  /** Exits where there is nothing that can be read, with a code that `fault` knows. */
  readonly checks: ShellCommand;
  /** Writes the last lines, the oldest first. */
  readonly read: ShellCommand;
  /**
   * Why nothing could be read.
   * @param isEmpty whether no line came
   */
  fault(exec: ExecResult, isEmpty: boolean): ServonautError | undefined;
  /** What is read instead, once `checks` has told what there is. */
  instead?(exec: ExecResult): LogSource | undefined;
  /** Of what `read` writes, only the lines of this time are wanted. */
  readonly bounds?: TimeBounds;
  /** What there is to say about what was read, from its stderr, and what else is there. */
  told?(stderr: string): { readonly said: readonly string[]; readonly stderr: string };
  /** What there is to say when no line came, and nothing is wrong. */
  readonly nothing: string;
}
