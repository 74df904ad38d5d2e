import { fitsServerPattern, idleTerms, selectServers, type ServerEntry } from '@servonaut/contracts';
import type { EffectivePolicy, LevelRule, PolicyRule } from './policy-schema.ts';
import { shadowOfLevel, shadowOfRule } from './shadowed-rules.ts';
import { runsWhatever } from './shell/command-table.ts';

export interface KnownTool {
  readonly name: string;
  /** Whether it runs shell text of the caller's own. */
  readonly runsCommands: boolean;
}

/** What there is to write rules about. */
export interface Surroundings {
  readonly servers: readonly ServerEntry[];
  readonly tools: readonly KnownTool[];
}

export interface PolicyWarning {
  /** Of the part of the file that it is about. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** Without an inventory every term would be a slip of the pen. */
function serverWarnings({ servers: terms }: Pick<LevelRule, 'servers'>, { servers }: Surroundings): string[] {
  if (!terms || servers.length === 0) return [];
  const idle = idleTerms(servers, terms);
  if (idle.length > 0) return [`no server is named by ${listed(idle)}`];
  return selectServers(servers, terms).length === 0 ? ['can never fit: it takes away all servers that it names'] : [];
}

function toolWarnings({ tools: patterns = [] }: PolicyRule, { tools }: Surroundings): string[] {
  const idle = patterns.filter((pattern) => !tools.some(({ name }) => fitsServerPattern(pattern, name)));
  return idle.length > 0 ? [`no tool is named by ${listed(idle)}`] : [];
}

const isTheOperatorOnly = ({ principals }: PolicyRule) => principals?.every((word) => word === 'operator') ?? false;

/** What nobody understands is nobody's to allow beforehand. */
function wideOpenWarnings(rule: PolicyRule, { tools }: Surroundings): string[] {
  const { decision, classes, tools: patterns } = rule;
  if (decision !== 'allow' || isTheOperatorOnly(rule) || classes?.includes('forbidden') === false) return [];
  const runs = tools.some(
    ({ name, runsCommands }) =>
      runsCommands && (!patterns || patterns.some((pattern) => fitsServerPattern(pattern, name))),
  );
  return runs ? ['allows, to agents, also commands that are forbidden: catastrophic or not understood'] : [];
}

function neverAsks({ decision }: PolicyRule, { approval }: EffectivePolicy): string[] {
  return decision === 'ask' && approval === 'never' ? ['denies: "approval" is never'] : [];
}

function shadowWarning(rules: readonly PolicyRule[], index: number): string[] {
  const shadow = shadowOfRule(rules, index);
  return shadow ? [`never decides: "${shadow.name}" (${shadow.decision}) fits wherever it does`] : [];
}

function levelShadowWarning(levels: readonly LevelRule[], index: number): string[] {
  const shadow = shadowOfLevel(levels, index);
  return shadow === undefined ? [] : [`never holds: levels[${shadow}] fits wherever it does`];
}

function commandWarnings({ commands }: EffectivePolicy): PolicyWarning[] {
  return Object.entries(commands)
    .filter(([name, commandClass]) => commandClass !== 'forbidden' && runsWhatever(name))
    .map(([name, commandClass]) => ({
      path: ['commands', name],
      message: `command "${name}": runs others, and is ${commandClass} whatever these are`,
    }));
}

/** What is understood and most likely not meant. */
export function policyWarnings(policy: EffectivePolicy, around: Surroundings): PolicyWarning[] {
  const levels = policy.levels.flatMap((level, index) =>
    [...serverWarnings(level, around), ...levelShadowWarning(policy.levels, index)].map((what) => ({
      path: ['levels', index],
      message: `levels[${index}]: ${what}`,
    })),
  );
  const rules = policy.rules.flatMap((rule, index) =>
    [
      ...serverWarnings(rule, around),
      ...toolWarnings(rule, around),
      ...wideOpenWarnings(rule, around),
      ...neverAsks(rule, policy),
      ...shadowWarning(policy.rules, index),
    ].map((what) => ({ path: ['rules', index], message: `rule "${rule.name}": ${what}` })),
  );
  return [...levels, ...rules, ...commandWarnings(policy)];
}
