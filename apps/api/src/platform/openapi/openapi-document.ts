import type { Type } from '@nestjs/common';
import { problemSchema } from '@servonaut/contracts';
import { takesIdempotencyKey } from '../idempotency/idempotency.interceptor.ts';
import type { DescribedAnswer } from './describe.ts';
import { errorAnswers, errorsOf } from './error-answers.ts';
import { jsonSchemaOf } from './json-schema.ts';
import type {
  Answer,
  Header,
  JsonSchema,
  MediaType,
  OpenApiDocument,
  Operation,
  Parameter,
  PathItem,
} from './openapi.ts';
import { routesOfController, type RouteFacts } from './route-facts.ts';

/** What programs call. Pages for people and the protocols of agents have descriptions of their own. */
const DOCUMENTED = /^\/(?:api|health)\//;
const OPENAPI = '3.1.0';

const REQUEST_ID: Header = { description: 'Id of the request, as in the log.', schema: { type: 'string' } };
const ETAG: Header = {
  description: 'The version, for `If-Match`.',
  schema: { type: 'string', pattern: '^"[0-9]+"$' },
};
const REPLAYED: Header = {
  description: 'The answer is that of an earlier request with the same `Idempotency-Key`.',
  schema: { const: 'true' },
};
const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Anything that no other request of the caller has, such as a UUID. Asked again with it, the coordinator does nothing more, and answers as it did.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7E]{1,255}$' },
};

/**
 * Describes the REST interface by the decorators of its controllers.
 * @throws Error when a route does not say what it takes or answers
 */
export function openApiDocument(controllers: readonly Type[], version: string): OpenApiDocument {
  const paths: Record<string, PathItem> = {};
  for (const route of controllers.flatMap((controller) => routesOfController(controller, DOCUMENTED))) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: OPENAPI,
    info: {
      title: 'Servonaut',
      version,
      description: 'Errors are problem details (RFC 9457) with a code, a next step and the request id.',
    },
    paths,
    components: {
      schemas: { Problem: jsonSchemaOf(problemSchema, 'output', 'Problem') },
      responses: errorAnswers(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token, or an API key (svn_…).' },
      },
    },
  };
}

function operationOf(route: RouteFacts): Operation {
  const { name, tags, summary, description, scopes, body } = route;
  return {
    operationId: name,
    tags,
    ...(summary && { summary }),
    ...(description && { description }),
    parameters: parametersOf(route),
    ...(body && {
      requestBody: {
        required: true as const,
        content: { 'application/json': { schema: jsonSchemaOf(body, 'input', `${name}.body`) } },
      },
    }),
    // An author who describes an answer of an error status means that one.
    responses: { ...errorsOf(route), ...successesOf(route) },
    security: scopes.map((scope) => ({ bearer: [scope] })),
  };
}

function parametersOf(route: RouteFacts): Parameter[] {
  const { method, path, params, headers, name } = route;
  const named = [...path.matchAll(/:(\w+)/g)].map(([, param = '']): Parameter => {
    const schema = params.get(param);
    if (!schema) throw new Error(`${name} does not say what :${param} may be`);
    return { name: param, in: 'path', required: true, schema: jsonSchemaOf(schema, 'input', `${name}.${param}`) };
  });
  const described = headers.map((header): Parameter => ({
    name: header.name,
    in: 'header',
    required: false,
    description: header.description,
    schema: jsonSchemaOf(header.schema, 'input', `${name}.${header.name}`),
  }));
  const keyed = takesIdempotencyKey(method.toUpperCase(), path) ? [IDEMPOTENCY_KEY] : [];
  return [...named, ...queriesOf(route), ...described, ...keyed];
}

function queriesOf({ queries, name }: RouteFacts): Parameter[] {
  return [...queries].flatMap(([single, schema]): Parameter[] => {
    const json = jsonSchemaOf(schema, 'input', `${name}.query`);
    if (single !== null)
      return [{ name: single, in: 'query', required: !schema.safeParse(undefined).success, schema: json }];
    const { properties, required = [] } = json;
    if (!properties) throw new Error(`the query of ${name} is no object`);
    return Object.entries(properties).map(([each, value]) => ({
      name: each,
      in: 'query',
      required: required.includes(each),
      schema: value as JsonSchema,
    }));
  });
}

function successesOf(route: RouteFacts): Record<string, Answer> {
  const { answers, status, name } = route;
  if (answers.length > 0)
    return Object.fromEntries(answers.map((answer) => [answer.status, answerOf(answer, route)] as const));
  if (status !== 204) throw new Error(`${name} does not say what it answers`);
  return { 204: answerOf({ status, description: 'It is done.' }, route) };
}

function answerOf({ description, schema, types = [], status }: DescribedAnswer, route: RouteFacts): Answer {
  const json = schema && jsonSchemaOf(schema, 'output', `${route.name}.${status}`);
  const versioned = route.method !== 'put' && hasVersion(json);
  const isText = types.map((type) => [type, { schema: { type: 'string' as const } }] as const);
  const content: Record<string, MediaType> = json
    ? { 'application/json': { schema: json } }
    : Object.fromEntries(isText);
  const headers = {
    'X-Request-Id': REQUEST_ID,
    ...(versioned && { ETag: ETAG }),
    ...(takesIdempotencyKey(route.method.toUpperCase(), route.path) && { 'Idempotency-Replayed': REPLAYED }),
  };
  return { description, headers, ...(Object.keys(content).length > 0 && { content }) };
}

/** Programs have a version too, which is text. */
function hasVersion(schema: JsonSchema | undefined): boolean {
  return (schema?.properties?.['version'] as JsonSchema | undefined)?.type === 'integer';
}
