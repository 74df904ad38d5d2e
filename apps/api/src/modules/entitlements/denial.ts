import type { EntitlementRule } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';
import { nameOfLimit, type AppliedRule } from './applied-rules.ts';

export interface Denial {
  readonly allowed: false;
  /** Which limit said no, such as `credential.tools` or `plan.free/*.timeout_seconds`. */
  readonly rule: string;
  /** For the caller: what is not allowed. */
  readonly message: string;
  /** For the caller: who can change it. */
  readonly nextStep: string;
  /** The limit, where it is a number. */
  readonly limit?: number;
  /** Whether the server might be allowed if its labels were others. */
  readonly byLabels?: boolean;
}

/** What the label of a principal is the name of. */
const SUBJECT = { user: 'The client', credential: 'The credential' } as const;

/** By a list that came with the token itself. */
export function deniedByToken(
  { kind, label }: Pick<Principal, 'kind' | 'label'>,
  list: 'tools' | 'servers',
  what: string,
): Denial {
  return {
    allowed: false,
    rule: `${kind}.${list}`,
    message: `${SUBJECT[kind]} "${label}" may not use ${what}.`,
    nextStep:
      kind === 'user'
        ? `Sign in again from "${label}", and allow it.`
        : `Ask whoever issued "${label}" for one whose list of ${list} includes it.`,
  };
}

export function deniedByRule(
  by: AppliedRule,
  limit: keyof EntitlementRule,
  what: string,
  facts: Pick<Denial, 'limit'> = {},
): Denial {
  const { grantor } = by.level;
  if (grantor !== undefined) return { allowed: false, rule: nameOfLimit(by, limit), ...wordsOfGrantor(grantor) };
  return {
    allowed: false,
    rule: nameOfLimit(by, limit),
    message: `${whose(by)} ${what}.`,
    nextStep: `Ask ${whoChanges(by)} to change it.`,
    ...facts,
  };
}

/** What a caller through a delegation is told of what its grantor may do: neither which limit it was nor where it stands. */
export function wordsOfGrantor(grantor: string): Pick<Denial, 'message' | 'nextStep'> {
  return { message: `What ${grantor} may do does not allow it now.`, nextStep: `Ask ${grantor}.` };
}

/** Whose rule it is, as the beginning of a sentence. */
export function whose({ level: { kind, label } }: AppliedRule): string {
  switch (kind) {
    case 'plan':
      return `The plan "${label}"`;
    case 'override':
      return `What an admin has set for ${label}`;
    case 'credential':
      return `The credential "${label}"`;
    case 'delegation':
      return `What ${label} lets you use`;
  }
}

/** Who can change the rule. */
export function whoChanges({ level: { kind, label } }: AppliedRule): string {
  switch (kind) {
    case 'plan':
    case 'override':
      return 'an admin of this coordinator';
    case 'credential':
      return `whoever issued "${label}"`;
    case 'delegation':
      return label;
  }
}
