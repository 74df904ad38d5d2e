import { type EntitlementRule, type ToolManifest } from '@servonaut/contracts';
import { allowedTools, type Principal } from '../auth/index.ts';
import { rulesFor, type AppliedRule } from './applied-rules.ts';
import type { Count, CountWindow } from './counters/call-counters.ts';
import { deniedByRule, deniedByToken, type Denial } from './denial.ts';
import {
  asksForLabels,
  isOnList,
  mayFitOne,
  serverLists,
  type KnownServers,
  type WantedServer,
} from './server-lists.ts';

/** What is asked for. */
export interface Wanted {
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: WantedServer | null;
  /** Run time that was asked for, in seconds; null for none. */
  readonly timeoutSeconds?: number | null;
}

/** A count of calls, and the rule that limits it. */
export interface RuledCount extends Count {
  readonly by: AppliedRule;
}

export interface Allowed {
  readonly allowed: true;
  /** Longest that it may run, in seconds; null for any. */
  readonly timeoutSeconds: number | null;
  /** Most output that may be shown of it, in bytes; null for any. */
  readonly outputBytes: number | null;
  /** What it counts for, the slowest to make room again first. */
  readonly counts: readonly RuledCount[];
}

export type Decision = Allowed | Denial;

export type Limited = Pick<Principal, 'userId' | 'kind' | 'label' | 'tools' | 'commands' | 'servers' | 'levels'>;

/** In the order in which a caller is told of them: whoever has to wait for tomorrow need not hear of this minute. */
const WINDOWS: readonly CountWindow[] = ['per_day', 'per_minute', 'concurrent'];

/**
 * Whether the principal may make this call, and within which bounds: each rule of each level has to allow it, and each bound holds, so what is added
 * never allows more. Pure; knows nothing of whether the tool or the server exists, or of how much has been called.
 */
export function decide(principal: Limited, wanted: Wanted): Decision {
  const rules = rulesFor(principal.levels, wanted.tool);
  return (
    toolDenied(principal, wanted.tool, rules) ??
    serverDenied(principal, wanted) ??
    timeoutDenied(wanted, rules) ?? {
      allowed: true,
      timeoutSeconds: least(rules, 'timeout_seconds'),
      outputBytes: least(rules, 'output_bytes'),
      counts: countsOf(rules),
    }
  );
}

/** The tools that the principal may call: those that act on a server only where there is one, or may be, on which they may be called. */
export function visibleTools(
  principal: Limited,
  manifests: readonly ToolManifest[],
  servers: KnownServers,
): ToolManifest[] {
  return manifests.filter(({ name, target }) => {
    if (toolDenied(principal, name, rulesFor(principal.levels, name))) return false;
    return target === 'executor' || mayFitOne(serverLists(principal, name), servers);
  });
}

function toolDenied(principal: Limited, tool: string, rules: readonly AppliedRule[]): Denial | undefined {
  if (allowedTools(principal)?.includes(tool) === false) return deniedByToken(principal, 'tools', `the tool ${tool}`);
  for (const by of rules) {
    if (by.rule.allowed === false) return deniedByRule(by, 'allowed', `does not allow ${tool}`);
    const none = WINDOWS.find((window) => by.rule[window] === 0);
    if (none) return deniedByRule(by, none, `allows no call of ${by.tool === '*' ? 'any tool' : tool}`);
  }
  return undefined;
}

function serverDenied(principal: Limited, { tool, server }: Wanted): Denial | undefined {
  const list = server && serverLists(principal, tool).find((one) => !isOnList(one, server));
  if (!list) return undefined;
  const named = server.owner === null ? server.name : `${server.owner}/${server.name}`;
  const denial =
    list.from === 'token'
      ? deniedByToken(principal, 'servers', `the server ${named}`)
      : deniedByRule(list.from, 'servers', `does not allow ${tool} on the server ${named}`);
  return asksForLabels(list) ? { ...denial, byLabels: true } : denial;
}

function timeoutDenied({ tool, timeoutSeconds }: Wanted, rules: readonly AppliedRule[]): Denial | undefined {
  const by = rules.find(({ rule }) => (timeoutSeconds ?? 0) > (rule.timeout_seconds ?? Infinity));
  const limit = by?.rule.timeout_seconds;
  if (!by || limit === undefined) return undefined;
  const denial = deniedByRule(by, 'timeout_seconds', `allows ${tool} to run for ${limit} s at most`, { limit });
  if (by.level.grantor !== undefined) return denial;
  return { ...denial, nextStep: `Ask for a timeout_seconds of at most ${limit}. ${denial.nextStep}` };
}

function least(rules: readonly AppliedRule[], limit: 'timeout_seconds' | 'output_bytes'): number | null {
  const bounds = rules.flatMap(({ rule }: { readonly rule: EntitlementRule }) => rule[limit] ?? []);
  return bounds.length > 0 ? Math.min(...bounds) : null;
}

/** What the rules count, the slowest to make room again first. */
export function countsOf(rules: readonly AppliedRule[]): RuledCount[] {
  return WINDOWS.flatMap((window) =>
    rules.flatMap((by) => {
      const limit = by.rule[window];
      return limit === undefined ? [] : [{ key: keyOf(by), window, limit, by }];
    }),
  );
}

/** An override stands in place of a rule of the plan, and goes on with its count. */
function keyOf({ level: { kind, id }, tool }: AppliedRule): string {
  const whose = kind === 'plan' || kind === 'override' ? 'user' : kind;
  return `${whose}:${id}:${tool}`;
}
