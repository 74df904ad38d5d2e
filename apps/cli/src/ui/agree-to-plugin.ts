import { ServonautError } from '@servonaut/contracts';
import type { JudgedPlugin } from '../services/plugins/allowed-plugins.ts';
import { askYes } from './ask-yes.ts';

/**
 * The operator agrees to what they have been shown: by its digest, or with "yes" on the terminal.
 * @throws ServonautError `policy_denied` when they do not, or nobody can be asked
 */
export async function agreeToPlugin({ digest, name }: JudgedPlugin, expected: string | undefined): Promise<void> {
  if (expected !== undefined) {
    if (expected === digest) return;
    throw denied('The plugin has another digest.', 'Look at what it brings, and where it comes from.');
  }
  const isAgreed = await askYes(`May ${name} run on this machine as you do?`);
  if (isAgreed === undefined) throw denied('There is no terminal to ask on.', `Give --digest ${digest}`);
  if (isAgreed) return;
  throw denied(
    'Not confirmed; the plugin is not allowed.',
    'It stays installed; "servonaut plugins uninstall" removes it.',
  );
}

function denied(message: string, nextStep: string): ServonautError {
  return new ServonautError('policy_denied', { message, nextStep });
}
