import { ServonautError } from '@servonaut/contracts';
import { askYes } from './ask-yes.ts';

/** The operator agrees to what they have been shown. @throws ServonautError `invalid_request` when they do not, or nobody can be asked */
export async function agreeToChange(file: string): Promise<void> {
  const isAgreed = await askYes(`Write this to ${file}?`);
  if (isAgreed) return;
  throw new ServonautError('invalid_request', {
    message: isAgreed === undefined ? 'There is no terminal to ask on.' : 'Not confirmed; nothing was written.',
    nextStep: 'With --yes nothing is asked; with --print nothing is written.',
  });
}
