import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; only "yes" in full is a yes, and Ctrl-C and Ctrl-D are none. Undefined where there is no terminal to ask on. */
export async function askYes(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} Type "yes": `)).trim() === 'yes';
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    // What is said next does not belong behind the question.
    process.stderr.write('\n');
    return false;
  } finally {
    terminal.close();
  }
}
