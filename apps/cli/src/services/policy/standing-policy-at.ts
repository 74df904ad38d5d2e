import { ServonautError } from '@servonaut/contracts';
import { DEFAULT_POLICY } from '../../policy/default-policy.ts';
import { policySchema } from '../../policy/policy-schema.ts';
import { isPolicyThere, policyPath, policyText } from '../../policy/policy-text.ts';
import { StandingPolicy } from '../../policy/standing-policy.ts';
import type { Session } from '../../session/session.ts';
import { parseYamlFile } from '../../session/yaml-file.ts';

export interface PolicyNow {
  readonly policy: StandingPolicy;
  /** The file, or null for what holds without one. */
  readonly source: string | null;
}

/** The policy of a profile as it is now. @throws ServonautError `config_invalid` */
export function policyNow({ paths }: Pick<Session, 'paths'>): PolicyNow {
  const path = policyPath(paths);
  if (!isPolicyThere(path)) return { policy: new StandingPolicy(DEFAULT_POLICY), source: null };
  return { policy: new StandingPolicy(parseYamlFile(readPolicyText(path), path, policySchema)), source: path };
}

/** @throws ServonautError `config_invalid` */
export function readPolicyText(path: string): string {
  try {
    return policyText(path);
  } catch (cause) {
    if (cause instanceof ServonautError) throw cause;
    throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause });
  }
}
