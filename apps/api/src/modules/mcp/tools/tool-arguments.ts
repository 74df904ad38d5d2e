import { ServonautError, type ToolManifest, type ToolSchema } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** Most compiled schemas that are kept. Each user's executors may bring their own, so this bounds what they can make us hold. */
const COMPILED_SCHEMAS = 1_000;

/** Most faults that one message lists. */
const LISTED_FAULTS = 10;

const compiled = new LRUCache<string, z.ZodType>({ max: COMPILED_SCHEMAS });

/**
 * Checks the arguments of a call against the tool's own schema, so that a wrong call is told at once and in words. It is a courtesy and no
 * defence: the executor parses them again.
 * @throws ServonautError `invalid_request` naming each field and what was expected there; never what was sent.
 */
export function checkArguments(manifest: ToolManifest, args: Readonly<Record<string, unknown>>): void {
  const parsed = schemaOf(manifest).safeParse(args);
  if (parsed.success) return;
  const faults = parsed.error.issues.slice(0, LISTED_FAULTS).map(sentence);
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${manifest.name} are not valid. ${faults.join('; ')}.`,
    nextStep: `Correct them and call ${manifest.name} again; tools/list has its schema. Nothing was run.`,
  });
}

function sentence({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/** By text and not by identity: a manifest that comes from a shared store is a new object each time. */
function schemaOf(manifest: ToolManifest): z.ZodType {
  const key = JSON.stringify(manifest.input_schema);
  const known = compiled.get(key);
  if (known) return known;
  const schema = compile(manifest.name, manifest.input_schema);
  compiled.set(key, schema);
  return schema;
}

/** zod rather than ajv: it interprets the schema, while ajv writes code from what somebody's executor has sent. */
function compile(tool: string, schema: ToolSchema): z.ZodType {
  try {
    return z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  } catch (cause) {
    throw new ServonautError('tool_failed', {
      message: `The input schema of ${tool} uses something that cannot be checked.`,
      nextStep: 'Ask the author of the plugin to describe its arguments with plain JSON Schema.',
      cause,
    });
  }
}
