import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import type { AskPassphrase } from '../ssh/unlocked-keys.ts';
import { plainText } from './plain-text.ts';

/** Whether somebody sits there who can be asked. */
function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Shows nothing of what is typed. */
const silence = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * Asks the operator on the terminal for what nobody is to see.
 * @returns undefined when the input has ended
 * @throws ServonautError `request_cancelled` on Ctrl-C
 */
function askSecret(question: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const terminal = createInterface({ input: process.stdin, output: silence(), terminal: true, historySize: 0 });
    const end = (settle: () => void): void => {
      settle();
      terminal.close();
      process.stderr.write('\n');
    };
    terminal.once('SIGINT', () => end(() => reject(new ServonautError('request_cancelled'))));
    terminal.once('line', (answer) => end(() => resolve(answer)));
    terminal.once('close', () => resolve(undefined));
    process.stderr.write(question);
  });
}

/** Asks for the passphrases of key files; undefined where nobody can be asked. */
export function passphraseAsker(): AskPassphrase | undefined {
  if (!canAsk()) return undefined;
  return (path, isAgain) =>
    askSecret(`${isAgain ? 'That is not it. ' : ''}Passphrase of ${plainText(path)} (Enter leaves it out): `);
}

/** What the operator types, or the first line of stdin where that is no terminal. */
export async function givenSecret(question: string): Promise<string | undefined> {
  if (canAsk()) return askSecret(question);
  for await (const line of createInterface({ input: process.stdin })) return line;
  return undefined;
}
