import type { SecretRule } from '../secret-rule.ts';
import { CLOUD_KEYS } from './cloud-keys.ts';
import { CREDENTIALS_IN_USE } from './credentials-in-use.ts';
import { NAMED_VALUES } from './named-values.ts';
import { PAIRED_VALUES } from './paired-values.ts';
import { PASSWORD_HASHES } from './password-hashes.ts';
import { PROGRAM_PASSWORDS } from './program-passwords.ts';
import { RARER_TOKENS } from './rarer-tokens.ts';
import { SERVICE_TOKENS } from './service-tokens.ts';

/** The more exact ones first: where two find the same, the first has named it. */
export const SECRET_RULES: readonly SecretRule[] = [
  ...CLOUD_KEYS,
  ...SERVICE_TOKENS,
  ...RARER_TOKENS,
  ...PASSWORD_HASHES,
  ...CREDENTIALS_IN_USE,
  ...PROGRAM_PASSWORDS,
  ...NAMED_VALUES,
  ...PAIRED_VALUES,
];
