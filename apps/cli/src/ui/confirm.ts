import { createInterface } from 'node:readline/promises';
import { ServonautError } from '@servonaut/contracts';

/**
 * Asks the operator; only "yes" in full is a yes.
 * @throws ServonautError `host_key_unknown` when the answer is another, or when there is no terminal to ask on
 */
export async function confirmOnTerminal(question: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new ServonautError('host_key_unknown', {
      message: 'There is no terminal to ask on.',
      nextStep: 'Give the fingerprint that you expect with --fingerprint SHA256:…',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} Type "yes": `);
    if (answer.trim() === 'yes') return;
  } finally {
    terminal.close();
  }
  throw new ServonautError('host_key_unknown', {
    message: 'Not confirmed; nothing was stored.',
    nextStep: 'Compare again.',
  });
}
