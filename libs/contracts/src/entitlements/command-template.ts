import { z } from 'zod';
import { secondReading } from './second-reading.ts';
import { parseTemplate, placeholdersOf, wordsOf, type TemplatePart } from './template-text.ts';

/** Most templates of one credential. */
const TEMPLATES = 50;
/** Most placeholders in one template. */
const PARAMETERS = 16;
/** Longest template, in characters. */
const TEMPLATE_LENGTH = 2_000;
/** Longest pattern of a placeholder, in characters. */
const PATTERN_LENGTH = 200;
/** Longest value that a parameter can be given leave to have, in characters. */
const LONGEST_VALUE = 4_096;

/** Longest value of a parameter that says nothing else, in characters. */
export const PARAMETER_LENGTH = 256;

/** What the author's text is made of where there are placeholders. Whatever is written in a shell has something else in it, and does not look like it is read by one. */
const PLAIN = 'letters, digits, spaces and _ . / : , = @ % + - {{ }}';
const REFUSED = /[^A-Za-z0-9 _./:,=@%+{}-]/u;

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'expected up to 40 lower-case letters, digits or "_-", starting with a letter');

/** Text that is shown to people and models as it is, and that every store takes: nothing in it is invisible, turns it round, or is half a character. */
const plainText = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'no control characters, line breaks or half characters');

/** What a value may be. A pattern is for the whole value, and is one of RE2: the coordinator matches it in time that grows with the value alone. */
const parameterSchema = z.strictObject({
  pattern: plainText(PATTERN_LENGTH).min(1),
  /** Longest value, in characters. */
  max_length: z.int().min(1).max(LONGEST_VALUE).optional(),
});
export type CommandParameter = z.infer<typeof parameterSchema>;

const parametersSchema = z
  .record(nameSchema, parameterSchema)
  .refine((parameters) => Object.keys(parameters).length <= PARAMETERS, { error: `at most ${PARAMETERS} parameters` });

/** A record would leave this key out in silence, and the rest would be accepted. */
function withoutPrototype(given: unknown, context: z.RefinementCtx): unknown {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__'))
    context.addIssue({ code: 'custom', path: ['__proto__'], message: 'not a name of a parameter' });
  return given;
}

const templateShape = z.strictObject({
  /** What it is called by. */
  name: nameSchema,
  /** When to use it, for a model. */
  description: plainText(500).optional(),
  /** Such as `systemctl status {service}`. */
  template: plainText(TEMPLATE_LENGTH).min(1),
  /** What each placeholder may be. */
  parameters: z.preprocess(withoutPrototype, parametersSchema).default({}),
});

const EXAMPLE = {
  name: 'service-status',
  template: 'systemctl status {service}',
  parameters: { service: { pattern: '[a-z][a-z0-9-]*' } },
};

/**
 * A command that was approved before it is asked for. Without placeholders it is text for the shell. With placeholders it is one program and its arguments,
 * which no shell reads; what stands in braces is filled in by whoever calls.
 */
export const commandTemplateSchema = templateShape
  .superRefine((given, context) => {
    for (const { path, message } of faultsOf(given)) context.addIssue({ code: 'custom', path, message });
  })
  .meta({ examples: [EXAMPLE] });
export type CommandTemplate = z.infer<typeof commandTemplateSchema>;

/** The commands of one credential, each with a name of its own. */
export const commandTemplatesSchema = z
  .array(commandTemplateSchema)
  .min(1)
  .max(TEMPLATES)
  .refine((templates) => new Set(templates.map(({ name }) => name)).size === templates.length, {
    error: 'expected a different name for each command',
  });

interface Fault {
  readonly path: string[];
  readonly message: string;
}

/** Each placeholder has a pattern, each pattern a placeholder, and no value can be anything but (a part of) one argument. */
function faultsOf({ template, parameters }: z.infer<typeof templateShape>): Fault[] {
  const parts = parseTemplate(template);
  if ('fault' in parts) return [{ path: ['template'], message: parts.fault }];
  const placeholders = placeholdersOf(parts);
  const undeclared = [...new Set(placeholders)].filter((name) => !Object.hasOwn(parameters, name));
  const unused = Object.keys(parameters).filter((name) => !placeholders.includes(name));
  const fault = placeholders.length > 0 ? wordsFault(parts) : undefined;
  return [
    ...undeclared.map((name) => ({ path: ['parameters', name], message: `expected a pattern for {${name}}` })),
    ...unused.map((name) => ({ path: ['parameters', name], message: 'the template has no such placeholder' })),
    ...(fault === undefined ? [] : [{ path: ['template'], message: fault }]),
  ];
}

function wordsFault(parts: readonly TemplatePart[]): string | undefined {
  const texts = parts.map((part) => ('text' in part ? part.text : ''));
  const [refused] = texts.join('').match(REFUSED) ?? [];
  if (refused !== undefined)
    return `a command with placeholders is one program and its arguments, of ${PLAIN}, without ${JSON.stringify(refused)}: put what needs more into a script on the server`;
  return secondReading(wordsOf(parts).map(textOf));
}

/** Undefined for a word with a placeholder. */
function textOf(word: readonly TemplatePart[]): string | undefined {
  return word.every((part) => 'text' in part) ? word.map(({ text }) => text).join('') : undefined;
}
