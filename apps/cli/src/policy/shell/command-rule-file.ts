import { z } from 'zod';
import { READER_NAMES } from './readers/reader-names.ts';
import { COMMAND_CLASSES, worstOf, type CommandClass } from './command-verdict.ts';
import type { CommandRule, Meaning, Option, OptionList, Runs, WordList } from './command-rule.ts';

/** Words separated by blanks. */
const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));
const classOf = z.enum(COMMAND_CLASSES);
const MEANINGS = [...COMMAND_CLASSES, 'written', 'shell', 'variable', 'exported', 'folder', 'here'] as const;
const meaningOf = z.enum(MEANINGS);

const byMeaning = Object.fromEntries(MEANINGS.map((meaning) => [meaning, words.optional()])) as Record<
  Meaning,
  z.ZodOptional<typeof words>
>;
const optionsSchema = z.strictObject({ ...byMeaning, unlisted: classOf.optional() });
const wordListSchema = z.union([
  meaningOf,
  z.strictObject({
    ...byMeaning,
    holding: z.partialRecord(classOf, words).optional(),
    unknown: classOf.optional(),
    last: meaningOf.optional(),
    second: meaningOf.optional(),
    absent: z.string().optional(),
    unlisted: meaningOf.optional(),
  }),
]);
const runsSchema = z.union([
  z.enum(['command', 'shell']),
  z.strictObject({
    as: z.enum(['command', 'shell']).default('command'),
    after: z.int().min(0).max(9).default(0),
    assignments: z.boolean().default(false),
    adds: z.boolean().default(false),
    alone: z.enum([...COMMAND_CLASSES, 'written', 'here']).optional(),
    unless: words.optional(),
  }),
]);

const FIELDS = {
  class: classOf,
  why: z.string().max(120).optional(),
  style: z.enum(['any', 'first', 'long', 'none']).default('any'),
  options: optionsSchema.optional(),
  values: z.record(z.string(), wordListSchema).optional(),
  operands: wordListSchema.optional(),
  alone: z.enum([...COMMAND_CLASSES, 'here']).optional(),
  input: classOf.optional(),
  runs: runsSchema.optional(),
  reader: z.enum(READER_NAMES).optional(),
  takes: words.optional(),
};

interface RuleFields extends z.output<z.ZodObject<typeof FIELDS>> {
  readonly subcommands?: Readonly<Record<string, CommandClass | RuleFields>> | undefined;
}

const ruleFields: z.ZodType<RuleFields> = z
  .strictObject({
    ...FIELDS,
    subcommands: z.lazy(() => z.record(z.string(), z.union([classOf, ruleFields]))).optional(),
  })
  .refine(({ options, subcommands, runs, style }) => options || style === 'none' || !(subcommands || runs), {
    error:
      'options must be listed where there are subcommands or runs: their values would be taken for what they are not',
  })
  .refine(
    ({ options, values }) =>
      Object.keys(values ?? {}).every((name) =>
        ['=', '==', '?'].some((suffix) => namesOf(options).has(`${name}${suffix}`)),
      ),
    {
      error: 'values of an option that is not listed, or is listed without a value',
    },
  );

const sameAs = z.strictObject({ 'same-as': z.string() });
const names = z.array(z.string()).default([]);

/** A file of commands. */
export const commandFileSchema = z.strictObject({
  'read-only': names,
  mutating: names,
  privileged: names,
  forbidden: names,
  commands: z.record(z.string(), z.union([classOf, sameAs, ruleFields])).default({}),
});
export type CommandFile = z.output<typeof commandFileSchema>;

function namesOf(options: z.output<typeof optionsSchema> | undefined): Set<string> {
  return new Set(MEANINGS.flatMap((meaning) => options?.[meaning] ?? []));
}

const CEILINGS: Readonly<Record<Meaning, CommandClass>> = {
  'read-only': 'read-only',
  mutating: 'mutating',
  privileged: 'privileged',
  forbidden: 'forbidden',
  written: 'forbidden',
  shell: 'forbidden',
  variable: 'forbidden',
  exported: 'forbidden',
  folder: 'read-only',
  here: 'mutating',
};

const SUFFIXES = [
  ['==', 'joined'],
  ['=', 'required'],
  ['?', 'optional'],
] as const;

function optionOf(spelled: string, meaning: Meaning): readonly [string, Option] {
  const [suffix, value] = SUFFIXES.find(([each]) => spelled.endsWith(each)) ?? ['', 'none' as const];
  return [spelled.slice(0, spelled.length - suffix.length), { meaning, value }];
}

function optionList(fields: z.output<typeof optionsSchema>): OptionList {
  const listed = MEANINGS.flatMap((meaning) => fields[meaning]?.map((spelled) => optionOf(spelled, meaning)) ?? []);
  return { listed: new Map(listed), unlisted: fields.unlisted ?? 'forbidden' };
}

function wordList(fields: z.output<typeof wordListSchema>): WordList {
  if (typeof fields === 'string') return wordList({ unlisted: fields });
  const all = MEANINGS.flatMap((meaning) => fields[meaning]?.map((word) => [word, meaning] as const) ?? []);
  const beginnings = all
    .filter(([word]) => word.endsWith('*'))
    .map(([word, meaning]) => [word.slice(0, -1), meaning] as const);
  return {
    exact: new Map(all.filter(([word]) => !word.endsWith('*'))),
    beginnings: beginnings.toSorted(([one], [other]) => other.length - one.length),
    holding: COMMAND_CLASSES.flatMap((each) => fields.holding?.[each]?.map((text) => [text, each] as const) ?? []),
    unknown: fields.unknown,
    last: fields.last,
    second: fields.second,
    absent: fields.absent,
    unlisted: fields.unlisted ?? 'forbidden',
  };
}

function runsOf(fields: z.output<typeof runsSchema>, alone: CommandClass): Runs {
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

const ceilingOfWords = (list: WordList | undefined): CommandClass[] =>
  list
    ? [
        ...list.exact.values(),
        ...list.beginnings.map(([, meaning]) => meaning),
        ...list.holding.map(([, meaning]) => meaning),
        list.unknown ?? 'read-only',
        list.last ?? 'read-only',
        list.second ?? 'read-only',
        list.unlisted,
      ].map((meaning) => CEILINGS[meaning])
    : [];

function ceilingOf(rule: Omit<CommandRule, 'ceiling'>): CommandClass {
  if (rule.runs || rule.reader !== undefined) return 'forbidden';
  const options = rule.options;
  return worstOf([
    rule.class,
    CEILINGS[rule.alone ?? 'read-only'],
    rule.input ?? 'read-only',
    ...(options ? [options.unlisted, ...[...options.listed.values()].map(({ meaning }) => CEILINGS[meaning])] : []),
    ...[...rule.values.values()].flatMap(ceilingOfWords),
    ...ceilingOfWords(rule.operands),
    ...(rule.subcommands
      ? [rule.unlistedSubcommand, ...[...rule.subcommands.values()].map((each) => each.ceiling)]
      : []),
  ]);
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
