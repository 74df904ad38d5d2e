import { knownArgument } from './argument.ts';
import type { CommandTable } from './command-table.ts';
import type { CommandVerdict } from './command-verdict.ts';
import { Examination } from './examination.ts';

/**
 * What a text would do as bash and as any POSIX shell reads it: what the two read differently is the worst class, since either may be the one that
 * runs it. Pure; takes linear time; never throws.
 * @param directory where it starts, so that relative paths mean something
 */
export function classifyCommand(command: string, table: CommandTable, directory?: string): CommandVerdict {
  const examined = (trustsLoops: boolean) => {
    const examination = new Examination(table, trustsLoops);
    if (directory !== undefined) examination.folders.startsIn(knownArgument(directory));
    examination.text(command);
    return examination;
  };
  try {
    const examination = examined(true);
    return (examination.loops.isDeceived ? examined(false) : examination).verdict();
  } catch (error) {
    // The parser and the walk recurse: a text that is nested deeply enough exhausts the stack.
    const reason = `it could not be read: ${error instanceof Error ? error.message : String(error)}`;
    return { class: 'forbidden', commands: [], reason, changesDirectory: true };
  }
}
