import { commandClassSchema, serverTermSchema } from '@servonaut/contracts';
import { RE2JS, RE2JSException } from 're2js';
import { z } from 'zod';
import { DAYS, endTimeSchema, startTimeSchema, timeZoneSchema } from './rule-times.ts';
import { commandAdditionsSchema } from './shell/command-table.ts';

/** An editor that saves in place leaves the file empty for a moment, which must not be the moment when another policy holds. */
const EMPTY = 'holds no policy; "servonaut policy init" writes one';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const TOOL = /^[A-Za-z0-9_*-]{1,64}$/;
const PRINCIPAL = /^(?:\*|operator|(?:user|credential|local-agent)(?::[^\p{Cc}]{1,128})?)$/u;
const DIRECTORY = /^\/[^\p{Cc}]{0,4095}$/u;

/** The greatest class that runs unasked. */
export const LEVELS = { readonly: 'read-only', standard: 'mutating', dangerous: 'privileged' } as const;
export type Level = keyof typeof LEVELS;
export const LEVEL_NAMES = ['readonly', 'standard', 'dangerous'] as const satisfies readonly Level[];

const APPROVALS = ['never', 'ask', 'always'] as const;

const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1, 'names nothing; leave it out for all');

const levelSchema = z
  .enum(LEVEL_NAMES)
  .describe('The greatest class that runs unasked: read-only, mutating, privileged.');

const whoAndWhere = {
  servers: listOf(serverTermSchema)
    .optional()
    .describe(
      'Servers by name, pattern or label; "!" takes away. Not given: all calls, also those that act on no server.',
    ),
  principals: listOf(
    z
      .string()
      .regex(PRINCIPAL, 'expected "*", operator, user, credential, local-agent, or one of the latter three with ":ID"'),
  )
    .optional()
    .describe(
      'Who asks: "operator" at this machine, "user" or "credential" through the coordinator, "local-agent" by "servonaut mcp serve", one of those by id ("credential:0123456789abcdef"); what denies, asks or lowers a level fits labels, too. Not given: everybody.',
    )
    .meta({ examples: [['operator'], ['credential:0123456789abcdef']] }),
};

const timeWindowSchema = z
  .strictObject({
    days: listOf(z.enum(DAYS)).optional().describe('On which it begins. Not given: all.'),
    from: startTimeSchema.default('00:00').describe('Local time, HH:MM.'),
    to: endTimeSchema
      .default('24:00')
      .describe('Local time, HH:MM, exclusive; on the next day when it is before "from".'),
    zone: timeZoneSchema.describe('A time zone of IANA, as Europe/Berlin.'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'is the same as "from"; leave both out for the whole day',
  });

const directorySchema = z
  .string()
  .regex(DIRECTORY, 'expected an absolute folder')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), '"." and ".." are not taken')
  .describe('A folder; "*" stands for any characters but "/", "**" for any folders, also none.');

const ruleSchema = z.strictObject({
  name: z.string().regex(NAME, 'expected up to 64 letters, digits or "_-"').describe('By which a refusal names it.'),
  decision: z.enum(['deny', 'ask', 'allow']),
  ...whoAndWhere,
  tools: listOf(z.string().regex(TOOL, 'expected the name of a tool, or a pattern of it with "*"')).optional(),
  classes: listOf(commandClassSchema).optional().describe('Classes of the call: of its worst command.'),
  directories: listOf(directorySchema)
    .optional()
    .describe('Where its commands start. What is not known fits no rule that allows and each that denies or asks.'),
  times: listOf(timeWindowSchema).optional().describe('When it holds. Not given: always.'),
  message: z
    .string()
    .min(1)
    .max(300)
    .regex(/^[^\p{Cc}]*$/u, 'no control characters or line breaks')
    .optional()
    .describe('A sentence for whoever asked.'),
});

function patternFault(pattern: string): string | undefined {
  try {
    return RE2JS.compile(pattern).testExact('') ? 'fits the empty text' : undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return `no pattern of RE2: ${error.message}`;
    throw error;
  }
}

const redactPatternSchema = z
  .string()
  .min(1)
  .max(1_000)
  .superRefine((pattern, context) => {
    const message = patternFault(pattern);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .describe('A regular expression in the syntax of RE2.');

const minutes = (fallback: number) => z.int().min(1).max(60).default(fallback);

const approvalsSchema = z.strictObject({
  expire_minutes: minutes(10).describe('How long a call waits for an answer.'),
  remember_minutes: minutes(10).describe(
    'How long an approval of exactly this call is remembered, when the operator wishes that.',
  ),
  most_waiting: z.int().min(1).max(1_000).default(20).describe('Calls that wait at once; more are refused.'),
});

const redactSchema = z.strictObject({
  high_entropy: z.boolean().default(false).describe('Whether values that look random are taken out, too.'),
  patterns: z
    .array(
      z.strictObject({
        name: z.string().regex(NAME, 'expected up to 64 letters, digits or "_-"'),
        pattern: redactPatternSchema,
      }),
    )
    .max(100)
    .default([]),
});

/** Rules are told by their names. */
function checkNames(rules: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  for (const [index, { name }] of rules.entries()) {
    if (name === 'level') context.addIssue({ code: 'custom', path: [index, 'name'], message: '"level" is not taken' });
    if (rules.findIndex((rule) => rule.name === name) < index)
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is there twice` });
  }
}

/** What a file of before there were rules may hold. */
const noMore = (instead: string) => z.never({ error: `is no more: ${instead}` }).optional();

/** `policy.yaml`. */
export const policySchema = z.strictObject(
  {
    allow_tools: noMore('write a rule with "decision: allow" and "tools", and one that denies the others'),
    allow_servers: noMore(
      'write a rule with "decision: deny" and, as "servers", "*" and "!" before each that is allowed',
    ),
    version: z.literal(1),
    level: levelSchema.default('readonly'),
    approval: z
      .enum(APPROVALS)
      .default('ask')
      .describe('"never": what would be asked for is denied. "always": what is allowed is asked for, too.'),
    levels: z
      .array(z.strictObject({ ...whoAndWhere, level: levelSchema }))
      .default([])
      .describe('Other levels; the first that fits holds.'),
    rules: z
      .array(ruleSchema)
      .superRefine(checkNames)
      .default([])
      .describe('Deny before ask before allow before the level.'),
    approvals: approvalsSchema.prefault({}),
    redact: redactSchema.prefault({}),
    commands: commandAdditionsSchema.default({}).describe('Classes of commands of your own.'),
  },
  { error: (issue) => (issue.input === null ? EMPTY : undefined) },
);

/** What holds, with every default filled in. */
export type EffectivePolicy = z.output<typeof policySchema>;
export type PolicyRule = EffectivePolicy['rules'][number];
export type LevelRule = EffectivePolicy['levels'][number];
export type TimeWindow = z.output<typeof timeWindowSchema>;

/** As a file would have it. */
export type PolicyDocument = z.input<typeof policySchema>;
