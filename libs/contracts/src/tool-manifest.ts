import { z } from 'zod';
import { combinationSchema } from './combine/index.ts';
import { toolNameSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';

/**
 * Keywords that a tool's schema may not use. References and patterns would let one user's executor make the coordinator do unbounded
 * work (cycles, catastrophic backtracking); root-level combinations are flattened or dropped by clients.
 */
const REFUSED_KEYWORDS = [
  '$ref',
  '$dynamicRef',
  '$defs',
  'definitions',
  'pattern',
  'patternProperties',
  'if',
  'then',
  'else',
  'not',
];
const COMBINATIONS = ['anyOf', 'oneOf', 'allOf'];
const BRANCHES = [...COMBINATIONS, 'contains'];
/** Most choices of an argument's enum when they are not all text. */
const MIXED_CHOICES = 32;
/** What stands under these is data and no schema. */
const DATA_KEYWORDS = ['default', 'enum', 'const', 'examples'];

/** What text for a model has none of: line breaks, and what is not seen or changes how the rest is seen. */
const SEEN = /^[^\p{Cc}\p{Cf}]*$/u;

/** In JSON, control characters are escaped, as are quotes and backslashes. */
function hasUnseen(json: string): boolean {
  const withoutPlain = json.replace(/\\[\\"]/g, '');
  return withoutPlain.includes('\\') || !SEEN.test(withoutPlain);
}

/** Names among `properties` are not keywords, so the walk skips that level. */
function schemaFault(node: unknown, depth: number, isPropertyMap = false): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (depth > WIRE_LIMITS.toolSchemaDepth * 2) return `nested deeper than ${WIRE_LIMITS.toolSchemaDepth}`;
  for (const [key, value] of Object.entries(node)) {
    if (!isPropertyMap && !Array.isArray(node) && REFUSED_KEYWORDS.includes(key)) return `uses "${key}"`;
    if (!isPropertyMap && DATA_KEYWORDS.includes(key)) continue;
    const fault = schemaFault(value, depth + 1, !isPropertyMap && key === 'properties');
    if (fault) return fault;
  }
  return undefined;
}

/** A JSON Schema (2020-12) of an object, in the subset that the coordinator is willing to check arguments against. */
export const toolSchemaSchema = z
  .looseObject({ type: z.literal('object'), properties: z.record(z.string(), z.unknown()).default({}) })
  .superRefine((schema, ctx) => {
    const json = JSON.stringify(schema);
    const { length } = json;
    if (length > WIRE_LIMITS.toolSchemaLength) {
      ctx.addIssue({
        code: 'custom',
        message: `schema of ${length} characters; at most ${WIRE_LIMITS.toolSchemaLength}`,
      });
      return;
    }
    const atRoot = COMBINATIONS.find((keyword) => keyword in schema);
    const textFault = hasUnseen(json) ? 'has control characters or line breaks in its texts' : undefined;
    const fault = atRoot ? `uses "${atRoot}" at its root` : (schemaFault(schema, 0) ?? textFault);
    if (fault) ctx.addIssue({ code: 'custom', message: `schema ${fault}` });
  });
export type ToolSchema = z.infer<typeof toolSchemaSchema>;

/**
 * Why checking arguments against the schema could take longer than reading them. Each of these holds one value against several schemas:
 * below an array, one user's executor would have the coordinator do that millions of times while all others wait.
 */
function branchFault(node: unknown, isPropertyMap = false): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node)) {
    if (!isPropertyMap && BRANCHES.includes(key)) return `uses "${key}"`;
    if (!isPropertyMap && key === 'type' && Array.isArray(value)) return 'uses a list of types';
    if (!isPropertyMap && key === 'enum' && isLongMixedEnum(value))
      return `uses an "enum" of over ${MIXED_CHOICES}, not all text`;
    if (!isPropertyMap && DATA_KEYWORDS.includes(key)) continue;
    const fault = branchFault(value, !isPropertyMap && key === 'properties');
    if (fault) return fault;
  }
  return undefined;
}

/** Text is looked up; anything else is compared choice by choice. */
function isLongMixedEnum(choices: unknown): boolean {
  return Array.isArray(choices) && choices.length > MIXED_CHOICES && choices.some((one) => typeof one !== 'string');
}

/** The schema of a tool's arguments, which the coordinator runs: each value meets one schema only. */
export const toolInputSchemaSchema = toolSchemaSchema.superRefine((schema, ctx) => {
  // What was refused above may be too deep to walk.
  const fault = ctx.issues.length === 0 ? branchFault(schema) : undefined;
  if (fault) ctx.addIssue({ code: 'custom', message: `schema ${fault}, which arguments may not` });
});

/** What the tool does to a server, as its author declares it. The operator's policy may see it worse, never better. */
export const toolEffectSchema = z.enum(['read-only', 'mutating', 'privileged']);

/** Everything that the coordinator knows of a tool. The implementation stays with the executor. */
export const toolManifestSchema = z.object({
  name: toolNameSchema,
  title: z.string().min(1).max(80).regex(SEEN, 'no control characters or line breaks'),
  /** When to use it, for a model. A plugin's description is data shown to agents: control characters are refused. */
  description: z
    .string()
    .min(1)
    .max(WIRE_LIMITS.toolDescriptionLength)
    .regex(SEEN, 'no control characters or line breaks'),
  /** `server`: acts on one server and takes `server`. `executor`: acts on the executor itself. */
  target: z.enum(['server', 'executor']),
  effect: toolEffectSchema,
  /** All arguments as the agent gives them, `server` and `timeout_seconds` included. */
  input_schema: toolInputSchemaSchema,
  /** Shape of `data` in the result, when the tool has structured data of its own. */
  data_schema: toolSchemaSchema.optional(),
  /** How the `data` of many servers becomes one answer. */
  combine: combinationSchema.optional(),
  /** Whether repeating the call with the same arguments changes nothing further. */
  idempotent: z.boolean().default(false),
});
export type ToolManifest = z.infer<typeof toolManifestSchema>;
