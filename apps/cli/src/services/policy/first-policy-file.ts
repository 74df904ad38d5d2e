import { dirname, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { policyJsonSchema } from '../../policy/policy-json-schema.ts';
import type { EffectivePolicy, Level } from '../../policy/policy-schema.ts';
import { isPolicyThere, policyPath } from '../../policy/policy-text.ts';
import { writePrivateFile } from '../../session/private-file.ts';
import type { Session } from '../../session/session.ts';

/** What to begin with. */
export interface FirstPolicy {
  readonly level: Level;
  readonly approval: EffectivePolicy['approval'];
  /** Whether the operator's own calls are held to the level, too. */
  readonly asksOperator: boolean;
}

/** For editors, beside the policy: it is the one of this release. */
const SCHEMA_FILE = 'policy.schema.json';

const OPERATORS_OWN = `
rules:
  # What you ask for at this machine yourself.
  - name: operators-own-calls
    decision: allow
    principals: [operator]
`;

/** The policy as a file to go on from. */
export function firstPolicyText({ level, approval, asksOperator }: FirstPolicy): string {
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
# What this executor runs, whatever the coordinator asks. Try it with "servonaut policy test", check it with "servonaut policy lint".
version: 1

# What runs unasked: readonly, standard (what changes things, too) or dangerous (what does so as root, too).
level: ${level}

# What becomes of the rest: ask, or never, which denies it. With always you are asked for what is allowed, too.
approval: ${approval}
${asksOperator ? '' : OPERATORS_OWN}`;
}

/**
 * Writes the policy of a profile and its schema, for the operator alone.
 * @returns where it is
 * @throws ServonautError `conflict` when there is one, unless it may be replaced; `config_invalid`
 */
export async function writeFirstPolicy(session: Session, policy: FirstPolicy, mayReplace: boolean): Promise<string> {
  const path = policyPath(session.paths);
  if (!mayReplace) checkNoPolicy(session);
  await writePrivateFile(join(dirname(path), SCHEMA_FILE), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  await writePrivateFile(path, firstPolicyText(policy));
  return path;
}

/** Before anything is asked. @throws ServonautError `conflict` */
export function checkNoPolicy({ paths }: Pick<Session, 'paths'>): void {
  const path = policyPath(paths);
  if (!isPolicyThere(path)) return;
  throw new ServonautError('conflict', {
    message: `${path} is there already.`,
    nextStep: 'Edit it, or replace it with --force.',
  });
}
