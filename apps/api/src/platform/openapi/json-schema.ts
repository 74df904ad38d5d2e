import { z } from 'zod';
import type { JsonSchema } from './openapi.ts';

/**
 * The schema as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. Of an answer it leaves room for members of a later version.
 * @param io `input` for what is sent to us, `output` for what we answer
 * @param name of the schema within the document
 * @throws Error for a schema that says nothing of what it takes, such as one with a transform in an answer
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output', name: string): JsonSchema {
  const settings = { target: 'draft-2020-12', io, unrepresentable: 'throw', ...(io === 'output' && OPEN) } as const;
  const { $schema: _, ...json } = z.toJSONSchema(schema, settings);
  // References in it are to itself, and not to the document that it stands in.
  return JSON.stringify(json).includes('"$ref":"#') ? { $id: `urn:servonaut:schema:${name}`, ...json } : json;
}

const OPEN = {
  override({ jsonSchema }: { jsonSchema: JsonSchema }) {
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  },
};
