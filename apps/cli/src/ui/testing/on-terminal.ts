import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '@servonaut/testkit';

/** script(1) gives a process a terminal. */
const SCRIPT = findProgram('script');
const FLAGS = ['--conditions=@servonaut/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e'];

/** What `onTerminal` lacks, for `unlessMissing`. */
export const withoutTerminals = SCRIPT ? undefined : 'script(1), for a terminal';

/** Node with this code, for a shell. */
export function nodeLine(code: string): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return [process.execPath, ...FLAGS, code].map(quoted).join(' ');
}

/** What the shell says to this line on a terminal, on which `typed` is typed when `prompt` has been seen. */
export function onTerminal(line: string, prompt: string, typed: string): Promise<string> {
  return saidBy(SCRIPT ?? '', ['-q', '-e', '-c', line, '/dev/null'], { prompt, typed });
}

/** What Node says to this code without a terminal. @param input of its stdin, which ends then */
export function withoutTerminal(code: string, input?: string): Promise<string> {
  return saidBy(process.execPath, [...FLAGS, code], input === undefined ? undefined : { prompt: '', typed: input });
}

async function saidBy(
  program: string,
  args: readonly string[],
  input: { readonly prompt: string; readonly typed: string } | undefined,
): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  let isTyped = input === undefined;
  const type = (): void => {
    if (isTyped || !input || !said.includes(input.prompt)) return;
    isTyped = true;
    if (input.prompt === '') child.stdin.end(input.typed);
    else child.stdin.write(input.typed);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    type();
  });
  type();
  await once(child, 'close');
  return said;
}
