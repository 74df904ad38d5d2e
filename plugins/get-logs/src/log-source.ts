import type { ExecResult, ServonautError, ShellCommand } from '@servonaut/plugin-sdk';

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
  /** What there is to say when no line came, and nothing is wrong. */
  readonly nothing: string;
}
