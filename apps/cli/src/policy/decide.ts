import { fitsServerPattern, selectServers } from '@servonaut/contracts';
import type { CalledCommand, PolicyDecision, PolicyQuestion } from './policy.ts';
import {
  LEVELS,
  LEVEL_NAMES,
  type EffectivePolicy,
  type Level,
  type LevelRule,
  type PolicyRule,
} from './policy-schema.ts';
import { directoryFits } from './rule-directories.ts';
import { fitsPrincipal, type PrincipalName } from './rule-principals.ts';
import { isWithin } from './rule-times.ts';
import { isWorse, worstOf, type CommandClass, type CommandVerdict } from './shell/command-verdict.ts';

/** A command of a call, and what it would do. */
export interface JudgedCommand extends CalledCommand {
  readonly verdict: CommandVerdict;
}

/** A call with all that rules look at. */
export interface JudgedCall extends Omit<PolicyQuestion, 'commands'> {
  readonly commands: readonly JudgedCommand[];
  readonly class: CommandClass;
}

type Decided = Pick<PolicyDecision, 'decision' | 'rule'>;
type Rules = Pick<EffectivePolicy, 'level' | 'levels' | 'rules' | 'approval'>;
type Who = Pick<JudgedCall, 'server' | 'principal'>;

const commandClass = ({ sudo, detached, verdict }: JudgedCommand) =>
  worstOf([verdict.class, ...(sudo ? ['privileged' as const] : []), ...(detached ? ['mutating' as const] : [])]);

/** The worst of the commands; without any, what the tool says of itself. */
export function judge(
  question: PolicyQuestion,
  classOf: (command: string, directory?: string) => CommandVerdict,
): JudgedCall {
  const commands = (question.commands ?? []).map((command) => ({
    ...command,
    verdict: classOf(command.text, command.directory),
  }));
  return { ...question, commands, class: commands.length > 0 ? worstOf(commands.map(commandClass)) : question.effect };
}

/** Whoever asks chooses their label: it can take away, and gives nothing. */
const TO_NARROW: readonly PrincipalName[] = ['id', 'label'];
const TO_WIDEN: readonly PrincipalName[] = ['id'];

function fitsWho(
  { servers, principals }: Pick<LevelRule, 'servers' | 'principals'>,
  call: Who,
  names: readonly PrincipalName[],
): boolean {
  if (servers && (!call.server || selectServers([call.server], servers).length === 0)) return false;
  return !principals || principals.some((word) => fitsPrincipal(word, call.principal, names));
}

/** A folder that nobody can name is in none that are allowed and in each that is denied or asked for. */
function fitsDirectories({ directories, decision }: PolicyRule, { commands }: JudgedCall): boolean {
  if (!directories) return true;
  const seen = commands.map(({ directory, verdict }) =>
    directoryFits(directories, verdict.changesDirectory ? undefined : directory),
  );
  if (decision === 'allow') return seen.length > 0 && seen.every((fit) => fit === true);
  return seen.length === 0 || seen.some((fit) => fit !== false);
}

/** Whoever takes this tool away, or asks for it, means the commands: another one that runs them is no way round. */
const RUNS_COMMANDS = 'run_command';

function fitsTool({ tools, decision }: PolicyRule, { tool, commands }: JudgedCall): boolean {
  if (!tools) return true;
  const names = decision === 'allow' || commands.length === 0 ? [tool] : [tool, RUNS_COMMANDS];
  return tools.some((pattern) => names.some((name) => fitsServerPattern(pattern, name)));
}

function fits(rule: PolicyRule, call: JudgedCall): boolean {
  const { decision, classes, times } = rule;
  return (
    fitsWho(rule, call, decision === 'allow' ? TO_WIDEN : TO_NARROW) &&
    fitsTool(rule, call) &&
    (!classes || classes.includes(call.class)) &&
    fitsDirectories(rule, call) &&
    (!times || times.some((window) => isWithin(window, call.now)))
  );
}

/** Whether nothing worse than what the level names is in it. */
const isWithinLevel = (level: Level, called: CommandClass) => !isWorse(called, LEVELS[level]);

/** The first that fits for sure; one before it that fits by a label holds where it is lower. */
function byLevel({ level, levels }: Rules, call: JudgedCall): Decided {
  const all = [...levels.map((one, index) => ({ ...one, rule: `levels[${index}]` })), { level, rule: 'level' }];
  const first = all.findIndex((one) => fitsWho(one, call, TO_WIDEN));
  const [holds] = all
    .slice(0, first + 1)
    .filter((one) => fitsWho(one, call, TO_NARROW))
    .toSorted((one, other) => LEVEL_NAMES.indexOf(one.level) - LEVEL_NAMES.indexOf(other.level));
  const { level: least, rule } = holds ?? { level, rule: 'level' };
  if (!isWithinLevel(least, call.class)) return { decision: 'ask', rule };
  return call.approval === 'always' ? { decision: 'ask', rule: 'tool.approval' } : { decision: 'allow', rule };
}

function byRule({ rules }: Rules, call: JudgedCall): Decided | undefined {
  for (const decision of ['deny', 'ask', 'allow'] as const) {
    const rule = rules.find((one) => one.decision === decision && fits(one, call));
    if (rule) return { decision, rule: rule.name };
  }
  return undefined;
}

/** Deny before ask before allow before the level, wherever each stands; then how the operator wishes to be asked at all. */
export function decide(rules: Rules, call: JudgedCall): Decided {
  const decided = byRule(rules, call) ?? byLevel(rules, call);
  if (rules.approval === 'never' && decided.decision === 'ask') return { ...decided, decision: 'deny' };
  if (rules.approval === 'always' && decided.decision === 'allow') return { ...decided, decision: 'ask' };
  return decided;
}
