import type { Policy, PolicyDecision } from '../policy.ts';
import type { CommandClass } from '../shell/command-verdict.ts';

/** What a pipeline asks of a policy. */
export type AskedPolicy = Pick<Policy, 'decide' | 'classOf' | 'version'>;

/** A policy that decides all calls alike, as `mutating`, and takes a command for what its first word is called: `read-only`, `privileged`, … */
export function decidedAlways(decision: PolicyDecision['decision'], version = 'v1'): AskedPolicy {
  const rule = 'always';
  return {
    version,
    decide: () => ({
      decision,
      class: 'mutating',
      rule,
      message: 'Says the test.',
      commands: [],
      policyVersion: version,
    }),
    classOf: (text) => ({ class: classNamedBy(text), commands: [], reason: 'Says its name.', changesDirectory: false }),
  };
}

function classNamedBy(text: string): CommandClass {
  const [name] = text.split(' ', 1);
  return name === 'privileged' || name === 'forbidden' ? name : 'read-only';
}
