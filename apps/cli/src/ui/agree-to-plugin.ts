import { createInterface } from 'node:readline/promises';
import { ServonautError } from '@servonaut/contracts';
import type { JudgedPlugin } from '../services/plugins/allowed-plugins.ts';

/**
 * The operator agrees to what they have been shown: by its digest, or with "yes" on the terminal.
 * @throws ServonautError `policy_denied` when they do not, or nobody can be asked
 */
export async function agreeToPlugin({ digest, name }: JudgedPlugin, expected: string | undefined): Promise<void> {
  if (expected !== undefined) {
    if (expected === digest) return;
    throw denied('The plugin has another digest.', 'Look at what it brings, and where it comes from.');
  }
  if (!process.stdin.isTTY) throw denied('There is no terminal to ask on.', `Give --digest ${digest}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if ((await terminal.question(`May ${name} run on this machine as you do? Type "yes": `)).trim() === 'yes') return;
  } finally {
    terminal.close();
  }
  throw denied(
    'Not confirmed; the plugin is not allowed.',
    'It stays installed; "servonaut plugins uninstall" removes it.',
  );
}

function denied(message: string, nextStep: string): ServonautError {
  return new ServonautError('policy_denied', { message, nextStep });
}
