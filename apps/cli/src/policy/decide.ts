import { fitsServerPattern, selectServers } from '@servonaut/contracts';
import type { CalledCommand, PolicyDecision, PolicyQuestion } from './policy.ts';
import { LEVELS, type EffectivePolicy, type Level, type LevelRule, type PolicyRule } from './policy-schema.ts';
import { directoryFits } from './rule-directories.ts';
import { fitsPrincipal } from './rule-principals.ts';
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

const commandClass = ({ sudo, verdict }: JudgedCommand) =>
  worstOf(sudo ? [verdict.class, 'privileged'] : [verdict.class]);

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

function fitsWho({ servers, principals }: Pick<LevelRule, 'servers' | 'principals'>, call: Who): boolean {
  if (servers && (!call.server || selectServers([call.server], servers).length === 0)) return false;
  return !principals || principals.some((word) => fitsPrincipal(word, call.principal));
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

function fits(rule: PolicyRule, call: JudgedCall): boolean {
  const { tools, classes, times } = rule;
  return (
    fitsWho(rule, call) &&
    (!tools || tools.some((tool) => fitsServerPattern(tool, call.tool))) &&
    (!classes || classes.includes(call.class)) &&
    fitsDirectories(rule, call) &&
    (!times || times.some((window) => isWithin(window, call.now)))
  );
}

/** Whether nothing worse than what the level names is in it. */
const isWithinLevel = (level: Level, called: CommandClass) => !isWorse(called, LEVELS[level]);

function byLevel({ level, levels }: Rules, call: JudgedCall): Decided {
  const index = levels.findIndex((one) => fitsWho(one, call));
  const holds = levels[index]?.level ?? level;
  const rule = index === -1 ? 'level' : `levels[${index}]`;
  return { decision: isWithinLevel(holds, call.class) ? 'allow' : 'ask', rule };
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
