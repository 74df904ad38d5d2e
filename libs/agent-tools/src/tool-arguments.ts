import {
  faultText,
  inWords,
  nearestFaults,
  ServonautError,
  type ToolManifest,
  type ToolSchema,
} from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** Most compiled schemas that are kept. Each user's executors may bring their own, so this bounds what they can make us hold. */
const COMPILED_SCHEMAS = 1_000;

/** Most faults that one message lists. */
const LISTED_FAULTS = 10;

/** Longest fault, in characters: it may hold a name that the agent has sent. */
const FAULT_LENGTH = 500;

/**
 * Most values (fields, items and what they hold) in the arguments of one call. The check meets each of them once, while every other user
 * waits; how long a string is costs it nothing.
 */
const ARGUMENT_VALUES = 1_000;

const compiled = new LRUCache<string, z.ZodType>({ max: COMPILED_SCHEMAS });

/**
 * Checks the arguments of a call against the tool's own schema, so that a wrong call is told at once and in words. It is a courtesy and no
 * defence: the executor parses them again.
 * @throws ServonautError `invalid_request` naming each field and what was expected there, never what was sent; `payload_too_large` when
 * there are too many values to look at
 */
export function checkArguments(manifest: ToolManifest, args: Readonly<Record<string, unknown>>): void {
  if (roomAfter(args, ARGUMENT_VALUES) < 0) throw tooManyValues(manifest.name);
  const parsed = schemaOf(manifest).safeParse(args, inWords());
  if (parsed.success) return;
  const faults = parsed.error.issues.flatMap(nearestFaults).slice(0, LISTED_FAULTS).map(sentence);
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${manifest.name} are not valid. ${faults.join('; ')}.`,
    nextStep: `${whichServers(manifest, args)}Correct them and call ${manifest.name} again; tools/list has its schema. Nothing was run.`,
  });
}

/** Schemas cannot say that one of two is enough, so that an agent may have taken both for optional. */
function whichServers({ target }: ToolManifest, { server }: Readonly<Record<string, unknown>>): string {
  if (target === 'executor' || server !== undefined) return '';
  return 'Give server, a name that list_servers has, or servers, such as ["*"] for all. ';
}

/** Looks no further once there is no room: neither breadth nor depth of what was sent may cost more than the limit. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value !== 'object' || value === null) return room - 1;
  let left = room - 1;
  for (const key in value) {
    if (left < 0) break;
    left = roomAfter((value as Record<string, unknown>)[key], left);
  }
  return left;
}

function tooManyValues(tool: string): ServonautError {
  return new ServonautError('payload_too_large', {
    message: `The arguments of ${tool} hold more than ${ARGUMENT_VALUES} values.`,
    nextStep: 'Send fewer at a time, or put them into a file on the server. Nothing was run.',
  });
}

function sentence({ path, message }: z.core.$ZodIssue): string {
  return (path.length === 0 ? message : faultText(path.join('.'), message)).slice(0, FAULT_LENGTH);
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
