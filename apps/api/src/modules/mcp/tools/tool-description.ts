import { toolAnswerSchema, type ToolManifest } from '@servonaut/contracts';
import { z } from 'zod';

type ObjectSchema = { type: 'object'; [keyword: string]: unknown };

/** A tool as `tools/list` shows it. */
export type ToolDescription = {
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  annotations: {
    title: string;
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
};

/** The one shape of every answer. */
const OUTPUT_SCHEMA = z.toJSONSchema(toolAnswerSchema) as ObjectSchema;

/** From the manifest to what an agent sees. The hints follow what the author declares; the operator's policy decides what runs. */
export function describeTool(manifest: ToolManifest): ToolDescription {
  const readOnly = manifest.effect === 'read-only';
  return {
    name: manifest.name,
    title: manifest.title,
    description: manifest.description,
    inputSchema: manifest.input_schema,
    outputSchema: OUTPUT_SCHEMA,
    annotations: {
      title: manifest.title,
      readOnlyHint: readOnly,
      destructiveHint: !readOnly,
      idempotentHint: manifest.idempotent,
      openWorldHint: manifest.target === 'server',
    },
  };
}
