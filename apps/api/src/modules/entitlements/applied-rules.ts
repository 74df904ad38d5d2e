import type { EntitlementRule } from '@servonaut/contracts';
import type { EntitlementLevel } from '../auth/index.ts';

/** A rule that a call has to satisfy, and where it stands. */
export interface AppliedRule {
  readonly level: EntitlementLevel;
  /** The tool that it is for; `*` for all together. */
  readonly tool: string;
  readonly rule: EntitlementRule;
}

/** A job is a command: what was said of commands holds for it, also where it was said before there were jobs. */
const RULED_AS_WELL: ReadonlyMap<string, string> = new Map([['start_job', 'run_command']]);

/** Every rule of every level that is for the tool. Tools may have names that objects inherit. */
export function rulesFor(levels: readonly EntitlementLevel[], tool: string): AppliedRule[] {
  const applied: AppliedRule[] = [];
  const other = RULED_AS_WELL.get(tool);
  const keys = ['*', ...(other === undefined ? [] : [other]), tool];
  for (const level of levels) {
    for (const key of keys) {
      const rule = Object.hasOwn(level.rules, key) ? level.rules[key] : undefined;
      if (rule) applied.push({ level, tool: key, rule });
    }
  }
  return applied;
}

/** Every rule of every level, for whichever tool. */
export function everyRule(levels: readonly EntitlementLevel[]): AppliedRule[] {
  return levels.flatMap((level) => Object.entries(level.rules).map(([tool, rule]) => ({ level, tool, rule })));
}

/** What the limit is called in denials and in the audit, such as `plan.free/*.per_day`. Of another user's limits it does not say more than whose. */
export function nameOfLimit(
  { level: { kind, label, grantor }, tool }: AppliedRule,
  limit: keyof EntitlementRule,
): string {
  if (grantor !== undefined) return `grantor.${kind}`;
  return `${kind}.${label}/${tool}.${limit}`;
}
