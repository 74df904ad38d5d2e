import { DEFAULT_POLICY } from '../../policy/default-policy.ts';
import type { RedactionWishes } from '../../policy/policy.ts';
import { policySchema } from '../../policy/policy-schema.ts';
import { isPolicyThere } from '../../policy/policy-text.ts';
import { parseYamlFile } from '../../session/yaml-file.ts';
import { readPolicyText } from './standing-policy-at.ts';

/** What the policy at a path takes out besides what always is: without the table of commands, which takes longer than all else. @throws ServonautError `config_invalid` */
export function redactionNow(path: string): RedactionWishes {
  const { redact } = isPolicyThere(path) ? parseYamlFile(readPolicyText(path), path, policySchema) : DEFAULT_POLICY;
  return { highEntropy: redact.high_entropy, patterns: redact.patterns };
}
