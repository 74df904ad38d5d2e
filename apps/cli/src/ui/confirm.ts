import { ServonautError } from '@servonaut/contracts';
import { askYes } from './ask-yes.ts';

/**
 * Asks the operator; only "yes" in full is a yes.
 * @throws ServonautError `host_key_unknown` when the answer is another, or when there is no terminal to ask on
 */
export async function confirmOnTerminal(question: string): Promise<void> {
  const isAgreed = await askYes(question);
  if (isAgreed) return;
  if (isAgreed === undefined) {
    throw new ServonautError('host_key_unknown', {
      message: 'There is no terminal to ask on.',
      nextStep: 'Give the fingerprint that you expect with --fingerprint SHA256:…',
    });
  }
  throw new ServonautError('host_key_unknown', {
    message: 'Not confirmed; nothing was stored.',
    nextStep: 'Compare again.',
  });
}
