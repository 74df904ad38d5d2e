import { z } from 'zod';
import { READER_NAMES } from './readers/reader-names.ts';
import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';
import type { Meaning } from './command-rule.ts';

/** Words separated by blanks. */
const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));
const classOf = z.enum(COMMAND_CLASSES);
export const MEANINGS = [
  ...COMMAND_CLASSES,
  'written',
  'sent',
  'shell',
  'variable',
  'exported',
  'folder',
  'here',
] as const;
const meaningOf = z.enum(MEANINGS);

const byMeaning = Object.fromEntries(MEANINGS.map((meaning) => [meaning, words.optional()])) as Record<
  Meaning,
  z.ZodOptional<typeof words>
>;
const optionsSchema = z.strictObject({ ...byMeaning, unlisted: classOf.optional() });
export type OptionFields = z.output<typeof optionsSchema>;
const wordListSchema = z.union([
  meaningOf,
  z.strictObject({
    ...byMeaning,
    holding: z.partialRecord(classOf, words).optional(),
    last: meaningOf.optional(),
    second: z.union([meaningOf, z.strictObject({ ...byMeaning, unlisted: meaningOf.optional() })]).optional(),
    single: meaningOf.optional(),
    absent: z.string().optional(),
    unlisted: meaningOf.optional(),
  }),
]);
export type WordFields = z.output<typeof wordListSchema>;
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

export type RunsFields = z.output<typeof runsSchema>;

const FIELDS = {
  class: classOf,
  why: z.string().max(120).optional(),
  style: z.enum(['any', 'first', 'long', 'long-first', 'none']).default('any'),
  options: optionsSchema.optional(),
  values: z.record(z.string(), wordListSchema).optional(),
  operands: wordListSchema.optional(),
  alone: z.enum([...COMMAND_CLASSES, 'here']).optional(),
  input: classOf.optional(),
  runs: runsSchema.optional(),
  reader: z.enum(READER_NAMES).optional(),
  takes: words.optional(),
};

export interface RuleFields extends z.output<z.ZodObject<typeof FIELDS>> {
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
        ['=', '==', '=>', '?'].some((suffix) => namesOf(options).has(`${name}${suffix}`)),
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
