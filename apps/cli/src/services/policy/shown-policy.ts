import { stringify } from 'yaml';
import type { EffectivePolicy } from '../../policy/policy-schema.ts';
import type { Session } from '../../session/session.ts';
import { policyNow } from './standing-policy-at.ts';

export interface ShownPolicy {
  /** The file; null for what holds without one. */
  readonly source: string | null;
  readonly version: string;
  readonly policy: EffectivePolicy;
}

/** @throws ServonautError `config_invalid` */
export function shownPolicy(session: Session): ShownPolicy {
  const { policy, source } = policyNow(session);
  return { source, version: policy.version, policy: policy.effective };
}

/** YAML that could stand in the file. */
export function shownPolicyText({ source, version, policy }: ShownPolicy): string {
  return `# From ${source ?? 'nowhere: there is no policy.yaml'}\n# Version ${version}\n${stringify(policy)}`;
}
