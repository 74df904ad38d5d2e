import {
  ServonautError,
  toolManifestSchema,
  WIRE_DEFAULTS,
  WIRE_LIMITS,
  type ToolManifest,
} from '@servonaut/contracts';
import { z } from 'zod';
import { combinationFault } from './tool-combination.ts';
import type { ToolDefinition } from './tool-definition.ts';

type AnyDefinition = ToolDefinition<z.ZodObject, z.ZodObject>;
type JsonObject = Record<string, unknown>;

/** Arguments that the product itself gives every tool with `target: 'server'`. */
const RESERVED = ['server', 'servers', 'timeout_seconds', 'max_parallel', 'stop_on_error'];

const SERVER_ARGUMENTS = {
  server: {
    type: 'string',
    description: 'Name of the server to act on, as list_servers gives it.',
    minLength: 1,
    maxLength: WIRE_LIMITS.serverNameLength,
  },
  timeout_seconds: {
    type: 'integer',
    description: 'Seconds after which the run is stopped on the server.',
    minimum: 1,
    maximum: WIRE_LIMITS.timeoutSeconds,
    default: WIRE_DEFAULTS.timeoutSeconds,
  },
} as const;

/**
 * What agents and coordinator see of a tool.
 * @throws ServonautError `config_invalid` naming the tool and every fault.
 */
export function toolManifest(definition: AnyDefinition): ToolManifest {
  if (definition.commands && definition.effectOf)
    throw invalid(definition.name, 'it has both "commands" and "effectOf"; the commands say what the call does');
  if (definition.approval !== undefined && definition.approval !== 'always')
    throw invalid(definition.name, 'its approval can only be "always"');
  const manifest = toolManifestSchema.safeParse({
    name: definition.name,
    title: definition.title,
    description: definition.description,
    target: definition.target,
    effect: definition.effect,
    input_schema: inputSchema(definition),
    ...(definition.data && { data_schema: jsonSchema(definition.name, definition.data, 'output') }),
    ...(definition.combine && { combine: definition.combine }),
    idempotent: definition.idempotent ?? false,
  });
  if (!manifest.success) throw invalid(definition.name, z.prettifyError(manifest.error));
  const fault = combinationFault(manifest.data);
  if (fault !== undefined) throw invalid(definition.name, fault);
  return deepFreeze(manifest.data);
}

function inputSchema(definition: AnyDefinition): JsonObject {
  const own = jsonSchema(definition.name, definition.input, 'input');
  const properties = own['properties'] as JsonObject;
  const reserved = RESERVED.find((name) => name in properties);
  if (reserved)
    throw invalid(definition.name, `"${reserved}" is an argument of the product; leave it out of the input`);
  refuseUndescribed(definition.name, own, '');
  if (definition.target === 'executor') return own;
  return {
    ...own,
    properties: { server: SERVER_ARGUMENTS.server, ...properties, timeout_seconds: SERVER_ARGUMENTS.timeout_seconds },
    required: ['server', ...((own['required'] as string[] | undefined) ?? [])],
  };
}

/**
 * JSON Schema 2020-12 without patterns, which the wire refuses, and formats, of which zod has names of its own: both are checked where the
 * zod schema is, on the executor.
 */
function jsonSchema(tool: string, schema: z.ZodObject, io: 'input' | 'output'): JsonObject {
  try {
    const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
    return JSON.parse(JSON.stringify({ ...json, additionalProperties: false }), (_key, value: unknown) =>
      withoutTextRules(value),
    ) as JsonObject;
  } catch (error) {
    throw invalid(tool, `its ${io} has no JSON Schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Only a string is the keyword; an object under this name is an argument called `pattern` or `format`. */
function withoutTextRules(node: unknown): unknown {
  if (!isObject(node)) return node;
  for (const keyword of ['pattern', 'format']) if (typeof node[keyword] === 'string') delete node[keyword];
  return node;
}

/** A model knows of an argument what its description says. */
function refuseUndescribed(tool: string, schema: JsonObject, path: string): void {
  for (const [name, property] of Object.entries((schema['properties'] as JsonObject | undefined) ?? {})) {
    const field = `${path}${name}`;
    if (!isObject(property) || !property['description']) throw invalid(tool, `describe the argument "${field}"`);
    refuseUndescribed(tool, property, `${field}.`);
    if (isObject(property['items'])) refuseUndescribed(tool, property['items'], `${field}[].`);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

function invalid(tool: string, fault: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The tool "${tool}" is not valid: ${fault}`,
    nextStep: 'Correct its definition.',
  });
}
