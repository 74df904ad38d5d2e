import { toolAnswerSchema, type ToolManifest } from '@servonaut/contracts';
import { z } from 'zod';

type Node = Readonly<Record<string, unknown>>;
export type ObjectSchema = { type: 'object'; [keyword: string]: unknown };

/** Longest enumeration that is listed. That of error codes is a page, which every tool would repeat. */
const LISTED_CHOICES = 10;

const TYPES: readonly unknown[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

const ENVELOPE = shapeOf(z.toJSONSchema(toolAnswerSchema), { isOurs: true }) as ObjectSchema;

/** Shape of `structuredContent`: the one of every answer, in which `data` has the tool's own. */
export function answerSchema({ data_schema: data }: Pick<ToolManifest, 'data_schema'>): ObjectSchema {
  if (data === undefined) return ENVELOPE;
  const path = ['properties', 'results', 'items', 'properties', 'data'];
  return replaced(ENVELOPE, path, shapeOf(data, { isOurs: false })) as ObjectSchema;
}

/**
 * Names and types; where it `isOurs`, what is always there as well. Clients refuse an answer that breaks any other rule, though a value may have been
 * redacted, and may come from an executor of another version than the one that described it. What is no JSON Schema is left out: a client that compiles
 * the schemas of a list loses all of its tools over a single one, and those of a plugin reach whoever its executor's servers are shared with.
 */
function shapeOf(node: unknown, whose: { readonly isOurs: boolean }): Node {
  if (!isNode(node)) return {};
  const { type, description, properties, items, additionalProperties: others, enum: choices, required } = node;
  const said = typeof description === 'string' && { description };
  const branches = node['anyOf'] ?? node['oneOf'];
  if (Array.isArray(branches) && branches.length > 0)
    return { ...said, ...oneOf(branches.map((one: unknown) => shapeOf(one, whose))) };
  return {
    ...(isType(type) && { type }),
    ...said,
    ...(isNode(properties) && { properties: mapped(properties, (one) => shapeOf(one, whose)) }),
    ...(isNode(items) && { items: shapeOf(items, whose) }),
    ...(isNode(others) && Object.keys(others).length > 0 && { additionalProperties: shapeOf(others, whose) }),
    ...(whose.isOurs && Array.isArray(choices) && choices.length <= LISTED_CHOICES && { enum: choices }),
    ...(whose.isOurs && required !== undefined && { required }),
  };
}

/** One of those that there are, or several, each once. */
function isType(type: unknown): boolean {
  if (!Array.isArray(type)) return TYPES.includes(type);
  return type.length > 0 && new Set(type).size === type.length && type.every((one) => TYPES.includes(one));
}

/** Short where one of two is null and the other has no enumeration, which null would not be in. */
function oneOf(branches: readonly Node[]): Node {
  const [other, ...more] = branches.filter(({ type }) => type !== 'null');
  const isShort = other && more.length === 0 && branches.length === 2 && typeof other['type'] === 'string';
  return isShort && !('enum' in other) ? { ...other, type: [other['type'], 'null'] } : { anyOf: branches };
}

function replaced(node: Node, [key, ...deeper]: readonly string[], by: Node): Node {
  return key === undefined ? by : { ...node, [key]: replaced(node[key] as Node, deeper, by) };
}

function mapped(properties: Node, of: (one: unknown) => unknown): Node {
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, of(one)]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
