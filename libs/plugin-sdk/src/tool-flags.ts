import { Errors, Flags } from '@oclif/core';
import type { Interfaces } from '@oclif/core';
import { MOST_AT_ONCE, ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import type { AnyTool } from './define-tool.ts';

type AnyFlag = Interfaces.FlagInput[string];

/** What a command line needs of a property's JSON Schema. */
interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly items?: { readonly type?: string };
  /** Of an object, what its fields are. */
  readonly additionalProperties?: boolean | { readonly type?: string };
}

const COMMON = {
  json: Flags.boolean({ description: 'Print the whole answer as JSON.' }),
  profile: Flags.string({ description: 'The profile to run with.' }),
};

/** Of every tool that acts on servers. */
const SERVER_FLAGS = {
  'timeout-seconds': Flags.integer({
    description: 'Seconds after which the run is stopped on the server.',
    min: 1,
    max: WIRE_LIMITS.timeoutSeconds,
  }),
  'max-parallel': Flags.integer({
    description: `Of several servers, on how many at the same time. [default: ${MOST_AT_ONCE}, or 1 with --stop-on-error]`,
    min: 1,
    max: MOST_AT_ONCE,
  }),
  'stop-on-error': Flags.boolean({
    description: 'Of several servers, once it has failed on one, or exited non-zero, begin on no other.',
  }),
};

/** The flags of a tool's command: one for each argument, in kebab-case, and those that every tool has. */
export function toolFlags(tool: AnyTool): Interfaces.FlagInput {
  const own = flagFields(tool).map((field) => {
    const flag = flagFor(propertyOf(tool, field), isRequired(tool, field), field === tool.cli?.stdin);
    return [flagName(field), flag] as const;
  });
  return {
    ...Object.fromEntries(own),
    ...COMMON,
    ...(tool.target === 'server' && SERVER_FLAGS),
  };
}

/** The arguments that the flags gave, under the names of the tool's input. */
export function inputFromFlags(tool: AnyTool, flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = tool.target === 'server' ? [...flagFields(tool), 'timeout_seconds'] : flagFields(tool);
  const given = fields
    .map((field) => [field, flags[flagName(field)]] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([field, value]) => [field, isNamed(propertyOf(tool, field)) ? named(value) : value]),
  );
}

/** An object of texts by name, which a command line has as `--env NAME=value --env OTHER=value`. */
function isNamed({ type, additionalProperties: values }: Property): boolean {
  return type === 'object' && typeof values === 'object' && values.type === 'string';
}

function named(value: unknown): Record<string, string> {
  return Object.fromEntries((value as readonly string[]).map(nameAndValue));
}

function nameAndValue(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new ServonautError('invalid_request', { message: `Expected NAME=value, got ${JSON.stringify(text)}.` });
}

function flagFields(tool: AnyTool): string[] {
  return Object.keys(tool.input.shape).filter((field) => field !== tool.cli?.rest);
}

function flagName(field: string): string {
  return field.replaceAll('_', '-');
}

function propertyOf(tool: AnyTool, field: string): Property {
  return tool.manifest.input_schema.properties[field] ?? {};
}

function isRequired(tool: AnyTool, field: string): boolean {
  return ((tool.manifest.input_schema['required'] as string[] | undefined) ?? []).includes(field);
}

/** The flag parses what the shell gave into the right type; the tool's own schema is what validates. */
function flagFor(property: Property, required: boolean, takesInput: boolean): AnyFlag {
  const description = [
    property.description,
    ...(takesInput ? ['"-" for what this command reads.'] : []),
    ...(property.default === undefined ? [] : [`[default: ${JSON.stringify(property.default)}]`]),
  ].join(' ');
  return { ...typedFlag(property, description), required };
}

function typedFlag(property: Property, description: string): AnyFlag {
  const { type, minimum, maximum, enum: options, items } = property;
  if (isNamed(property))
    return Flags.string({ description, multiple: true, multipleNonGreedy: true, helpValue: 'NAME=value' });
  if (type === 'boolean') return Flags.boolean({ description, allowNo: true });
  if (type === 'integer')
    return Flags.integer({
      description,
      ...(minimum !== undefined && { min: minimum }),
      ...(maximum !== undefined && { max: maximum }),
    });
  if (type === 'string') return Flags.string({ description, ...(options && { options }) });
  if (type === 'array' && items?.type === 'string') return Flags.string({ description, multiple: true });
  return Flags.custom<unknown>({ description, helpValue: '<json>', parse: (text) => fromJson(text) })();
}

async function fromJson(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    // Of oclif, which puts its own words around the message of whatever is thrown here.
    throw new Errors.CLIError(`Expected JSON but received: ${text}`);
  }
}
