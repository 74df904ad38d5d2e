import { MOST_AT_ONCE, type ToolManifest } from '@servonaut/contracts';
import { answerSchema, type ObjectSchema } from './answer-schema.ts';

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

/** From the manifest to what an agent sees. The hints follow what the author declares; the operator's policy decides what runs. */
export function describeTool(manifest: ToolManifest): ToolDescription {
  const readOnly = manifest.effect === 'read-only';
  return {
    name: manifest.name,
    title: manifest.title,
    description: manifest.description,
    inputSchema: manifest.target === 'server' ? forOneOrSeveral(manifest.input_schema) : manifest.input_schema,
    outputSchema: answerSchema(manifest),
    annotations: {
      title: manifest.title,
      readOnlyHint: readOnly,
      destructiveHint: !readOnly,
      idempotentHint: manifest.idempotent,
      openWorldHint: manifest.target === 'server',
    },
  };
}

/** The tool itself knows one server only; a call for several becomes one request to each. */
const SEVERAL = {
  servers: {
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    description:
      'In place of server, several at once: names, patterns (web-*), labels (label:role=db), !web-3 to leave one out.',
  },
  max_parallel: {
    type: 'integer',
    minimum: 1,
    maximum: MOST_AT_ONCE,
    description: 'With servers: on how many at the same time. All, or one with stop_on_error.',
  },
  stop_on_error: {
    type: 'boolean',
    description: 'With servers: once it has failed on one, or exited non-zero, it is begun on no other.',
  },
};

function forOneOrSeveral({ properties, required, ...schema }: ToolManifest['input_schema']): ObjectSchema {
  const others = Object.entries(properties).filter(([name]) => name !== 'server' && !(name in SEVERAL));
  const needed = Array.isArray(required) ? required.filter((name) => name !== 'server') : [];
  return {
    ...schema,
    properties: {
      ...('server' in properties && { server: properties['server'] }),
      ...SEVERAL,
      ...Object.fromEntries(others),
    },
    ...(needed.length > 0 && { required: needed }),
  };
}
