import { z } from 'zod';
import { parseTemplate, placementFault } from './template-text.ts';

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

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'expected up to 40 lower-case letters, digits or "_-", starting with a letter');

/** What a value may be. A pattern is for the whole value, and is one of RE2: the coordinator matches it in time that grows with the value alone. */
const parameterSchema = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .max(PATTERN_LENGTH)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'no control characters or line breaks'),
  /** Longest value, in characters. */
  max_length: z.int().min(1).max(LONGEST_VALUE).optional(),
});
export type CommandParameter = z.infer<typeof parameterSchema>;

const templateShape = z.strictObject({
  /** What it is called by. */
  name: nameSchema,
  /** When to use it, for a model. */
  description: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'no control characters or line breaks')
    .optional(),
  /** Such as `systemctl status {service}`. */
  template: z
    .string()
    .min(1)
    .max(TEMPLATE_LENGTH)
    .regex(/^[^\p{Cc}]*$/u, 'no control characters'),
  /** What each placeholder may be. */
  parameters: z
    .record(nameSchema, parameterSchema)
    .refine((parameters) => Object.keys(parameters).length <= PARAMETERS, { error: `at most ${PARAMETERS} parameters` })
    .default({}),
});

const EXAMPLE = {
  name: 'service-status',
  template: 'systemctl status {service}',
  parameters: { service: { pattern: '[a-z][a-z0-9-]*' } },
};

/** A command that was approved before it is asked for. What stands in braces is filled in by whoever calls, as one word of the shell. */
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

/** Each placeholder has a pattern, each pattern a placeholder, and no value can become anything but one word. */
function faultsOf({ template, parameters }: z.infer<typeof templateShape>): Fault[] {
  const text = parseTemplate(template);
  if ('fault' in text) return [{ path: ['template'], message: text.fault }];
  const undeclared = [...new Set(text.placeholders)].filter((name) => !Object.hasOwn(parameters, name));
  const unused = Object.keys(parameters).filter((name) => !text.placeholders.includes(name));
  const placement = placementFault(text);
  return [
    ...undeclared.map((name) => ({ path: ['parameters', name], message: `expected a pattern for {${name}}` })),
    ...unused.map((name) => ({ path: ['parameters', name], message: 'the template has no such placeholder' })),
    ...(placement === undefined ? [] : [{ path: ['template'], message: placement }]),
  ];
}
