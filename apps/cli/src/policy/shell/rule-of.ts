import {
  MEANINGS,
  type OptionFields,
  type RuleFields,
  type RunsFields,
  type WordFields,
} from './command-file-schema.ts';
import type { CommandRule, Meaning, Option, OptionList, Runs, WordList } from './command-rule.ts';
import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';
import { ceilingOf } from './rule-ceiling.ts';

const SUFFIXES = [
  ['==', 'joined'],
  ['=>', 'separate'],
  ['=', 'required'],
  ['?', 'optional'],
] as const;

function optionOf(spelled: string, meaning: Meaning): readonly [string, Option] {
  const [suffix, value] = SUFFIXES.find(([each]) => spelled.endsWith(each)) ?? ['', 'none' as const];
  return [spelled.slice(0, spelled.length - suffix.length), { meaning, value }];
}

function optionList(fields: OptionFields): OptionList {
  const listed = MEANINGS.flatMap((meaning) => fields[meaning]?.map((spelled) => optionOf(spelled, meaning)) ?? []);
  return { listed: new Map(listed), unlisted: fields.unlisted ?? 'forbidden' };
}

function wordList(fields: WordFields): WordList {
  if (typeof fields === 'string') return wordList({ unlisted: fields });
  const all = MEANINGS.flatMap((meaning) => fields[meaning]?.map((word) => [word, meaning] as const) ?? []);
  const beginnings = all
    .filter(([word]) => word.endsWith('*'))
    .map(([word, meaning]) => [word.slice(0, -1), meaning] as const);
  return {
    exact: new Map(all.filter(([word]) => !word.endsWith('*'))),
    beginnings: beginnings.toSorted(([one], [other]) => other.length - one.length),
    holding: COMMAND_CLASSES.flatMap((each) => fields.holding?.[each]?.map((text) => [text, each] as const) ?? []),
    last: fields.last,
    second: fields.second && wordList(fields.second),
    single: fields.single,
    absent: fields.absent,
    unlisted: fields.unlisted ?? 'forbidden',
  };
}

function runsOf(fields: RunsFields, alone: CommandClass): Runs {
  const { as, after, assignments, adds, unless, ...rest } =
    typeof fields === 'string' ? { as: fields, after: 0, assignments: false, adds: false, unless: [] } : fields;
  return {
    as,
    after,
    assignments,
    adds,
    alone: ('alone' in rest ? rest.alone : undefined) ?? alone,
    unless: new Set(unless),
  };
}

/** A command that is of one class whatever its arguments. */
export function plainRule(commandClass: CommandClass): CommandRule {
  return ruleOf({ class: commandClass, style: 'any' });
}

export function ruleOf(fields: RuleFields): CommandRule {
  const { unlisted = 'forbidden', ...subcommands } = fields.subcommands ?? {};
  const rule = {
    class: fields.class,
    why: fields.why,
    style: fields.style,
    options: fields.options && optionList(fields.options),
    values: new Map(Object.entries(fields.values ?? {}).map(([name, list]) => [name, wordList(list)])),
    operands: fields.operands && wordList(fields.operands),
    subcommands:
      fields.subcommands && new Map(Object.entries(subcommands).flatMap(([key, value]) => subcommandsOf(key, value))),
    unlistedSubcommand: typeof unlisted === 'string' ? unlisted : unlisted.class,
    alone: fields.alone,
    input: fields.input,
    runs: fields.runs && runsOf(fields.runs, fields.class),
    reader: fields.reader,
    takes: new Set(fields.takes),
  };
  return { ...rule, ceiling: ceilingOf(rule) };
}

/** One rule for several names that stand in one key. */
function subcommandsOf(key: string, value: CommandClass | RuleFields): (readonly [string, CommandRule])[] {
  const rule = typeof value === 'string' ? plainRule(value) : ruleOf(value);
  return key.split(/\s+/).map((name) => [name, rule] as const);
}
