import type { Command } from '@oclif/core';
import { z } from 'zod';

/** How a command says what its `--json` prints: in words, or by the schema of it. */
type StatedShape = string | z.ZodType | (() => Promise<z.ZodType>);

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Deeper ones are not told: who reads so far looks at an answer. */
const DEEPEST = 3;

/** What `--json` of a command prints, by the names of its members; undefined where the command says nothing of it. */
export async function jsonShape(command: Command.Class): Promise<string | undefined> {
  const { json, data } = command as { readonly json?: StatedShape; readonly data?: JsonSchema };
  if (json === undefined || typeof json === 'string') return json;
  const stated = typeof json === 'function' ? await json() : json;
  const schema = z.toJSONSchema(stated, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  const shape = shapeText(schema, 0) || 'nothing';
  return data ? shape.replace('"data"?', `"data"?: ${shapeText(data, 1)}`) : shape;
}

/** Empty for what has no members. */
function shapeText({ properties, required, items, anyOf }: JsonSchema, depth: number): string {
  if (items) return wrapped('[', shapeText(items, depth), ']');
  if (anyOf) return shapeText(anyOf.find((one) => one.properties ?? one.items) ?? {}, depth);
  if (!properties) return '';
  if (depth >= DEEPEST) return '{…}';
  const members = Object.entries(properties).map(([name, member]) => {
    const text = shapeText(member, depth + 1);
    return `"${name}"${required?.includes(name) ? '' : '?'}${text && `: ${text}`}`;
  });
  return `{${members.join(', ')}}`;
}

/** Of a list of plain values, that it is one is not told. */
function wrapped(begin: string, text: string, end: string): string {
  return text && begin + text + end;
}
