import { fitsServerPattern, isWithinSelectors } from '@servonaut/contracts';
import type { LevelRule, PolicyRule } from './policy-schema.ts';

/** Whether each of `ones` is covered by one of `others`; whatever is left out stands for all. */
function within<Item>(
  ones: readonly Item[] | undefined,
  others: readonly Item[] | undefined,
  isCovered: (one: Item, others: readonly Item[]) => boolean,
): boolean {
  return others === undefined || (ones !== undefined && ones.every((one) => isCovered(one, others)));
}

const isListed = (one: string, others: readonly string[]) => others.includes(one);

/** A `*` of the pattern takes in those of what it covers. */
const isNamed = (one: string, others: readonly string[]) => others.some((other) => fitsServerPattern(other, one));

const isPrincipal = (one: string, others: readonly string[]) =>
  isNamed(one, others) || others.includes(one.split(':', 1)[0] ?? one);

const isAnyServer = (one: string, others: readonly string[]) => others.includes('*') || isWithinSelectors(one, others);

/** A list with exceptions covers no other than itself. */
function serversWithin(ones: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  const hasExceptions = [...(ones ?? []), ...(others ?? [])].some((term) => term.startsWith('!'));
  if (!hasExceptions) return within(ones, others, isAnyServer);
  return others === undefined || (within(ones, others, isListed) && within(others, ones, isListed));
}

/** Whether every caller and server that the rule is about is one of the other's. Sure and not complete. */
function isWhoWithin(rule: LevelRule | PolicyRule, other: LevelRule | PolicyRule): boolean {
  return serversWithin(rule.servers, other.servers) && within(rule.principals, other.principals, isPrincipal);
}

function isWithin(rule: PolicyRule, other: PolicyRule): boolean {
  const windows = (each: PolicyRule) => each.times?.map((window) => JSON.stringify(window));
  return (
    isWhoWithin(rule, other) &&
    within(rule.tools, other.tools, isNamed) &&
    within(rule.classes, other.classes, isListed) &&
    within(rule.directories, other.directories, (one, others) => others.includes('/**') || isListed(one, others)) &&
    within(windows(rule), windows(other), isListed)
  );
}

const ORDER: readonly PolicyRule['decision'][] = ['deny', 'ask', 'allow'];
const orderOf = ({ decision }: PolicyRule) => ORDER.indexOf(decision);

/** The rule that decides before this one, wherever this one fits. */
export function shadowOfRule(rules: readonly PolicyRule[], index: number): PolicyRule | undefined {
  const rule = rules[index];
  return (
    rule &&
    rules.find((other, at) => {
      const isEarlier = orderOf(other) < orderOf(rule) || (orderOf(other) === orderOf(rule) && at < index);
      return isEarlier && isWithin(rule, other);
    })
  );
}

/** The index of the level that holds before this one, wherever this one fits. */
export function shadowOfLevel(levels: readonly LevelRule[], index: number): number | undefined {
  const level = levels[index];
  const shadow = level ? levels.slice(0, index).findIndex((other) => isWhoWithin(level, other)) : -1;
  return shadow === -1 ? undefined : shadow;
}
