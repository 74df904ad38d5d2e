import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { INSIDES } from '../../modules/auth/testing/hostile-requests.ts';
import type { Answer, OpenApiDocument, Reference } from '../../platform/openapi/openapi.ts';
import type { GeneratedCall } from './generated-calls.ts';

export interface GivenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Holds answers to the document. */
export class AnswerChecks {
  readonly #document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    formats.default(this.#ajv);
  }

  /** What is wrong with an answer; undefined for nothing. */
  fault(call: GeneratedCall, answer: GivenAnswer): string | undefined {
    if (INSIDES.test(answer.text)) return 'shows its insides';
    // Nothing is broken or away here.
    if (answer.status >= 500) return 'fails';
    // Where it leads elsewhere, the document says something of that.
    if (!call.isRouted) return undefined;
    const response = call.operation.responses[answer.status];
    if (!response) return `the status ${answer.status} is not in the document`;
    return this.#contentFault(this.#resolved(response), answer);
  }

  #contentFault({ content = {} }: Answer, { headers, text }: GivenAnswer): string | undefined {
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    const types = Object.keys(content);
    if (types.length === 0)
      return text + type === '' ? undefined : `has a body or a type (${type}) where there is to be none`;
    const schema = content[type]?.schema;
    if (!schema) return `is ${type || 'of no type'}, not ${types.join(' or ')}`;
    return type.endsWith('json') ? this.#bodyFault(schema, text) : undefined;
  }

  #bodyFault(schema: object, text: string): string | undefined {
    const check = this.#compiled.get(schema) ?? this.#ajv.compile(closed(this.#withProblem(schema)) as object);
    this.#compiled.set(schema, check);
    return check(JSON.parse(text)) ? undefined : `does not match its schema: ${this.#ajv.errorsText(check.errors)}`;
  }

  /** The only schema of the document that others refer to. */
  #withProblem(schema: object): object {
    return '$ref' in schema ? (this.#document.components.schemas['Problem'] ?? {}) : schema;
  }

  #resolved(response: Answer | Reference): Answer {
    if (!('$ref' in response)) return response;
    const found = this.#document.components.responses[response.$ref.split('/').at(-1) ?? ''];
    if (!found) throw new Error(`nothing under ${response.$ref}`);
    return found;
  }
}

/** Readers are to expect new members of answers; that the answers of now have none but those that are described is to be seen here. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, closed(each)]));
  const isOpen = inner['type'] === 'object' && 'properties' in inner && !('additionalProperties' in inner);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
