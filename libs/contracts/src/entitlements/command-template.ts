import { z } from 'zod';

/** Most templates of one credential. */
const TEMPLATES = 50;
/** Most placeholders in one template. */
const PARAMETERS = 16;
/** Longest template, in characters. */
const TEMPLATE_LENGTH = 2_000;
/** Longest pattern of a placeholder, in characters. */
const PATTERN_LENGTH = 200;

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'expected up to 40 lower-case letters, digits or "_-", starting with a letter');

/** A command that was approved before it is asked for. What stands in braces is filled in by whoever calls, as one word of the shell. */
export const commandTemplateSchema = z.strictObject({
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
    .record(nameSchema, z.strictObject({ pattern: z.string().min(1).max(PATTERN_LENGTH) }))
    .refine((parameters) => Object.keys(parameters).length <= PARAMETERS, { error: `at most ${PARAMETERS} parameters` })
    .default({}),
});
export type CommandTemplate = z.infer<typeof commandTemplateSchema>;

export const commandTemplatesSchema = z.array(commandTemplateSchema).min(1).max(TEMPLATES);
