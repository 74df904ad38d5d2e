import { RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner } from '@nestjs/core';
import type { ErrorCode, Scope } from '@servonaut/contracts';
import type { z } from 'zod';
import { OTHER_SCOPES, PUBLIC_ROUTE, REQUIRED_SCOPE } from '../access/route-access.ts';
import { ZodPipe } from '../zod/zod-body.ts';
import { answersOf, headersOf, refusalsOf, type DescribedAnswer, type DescribedHeader } from './describe.ts';
import type { Method } from './openapi.ts';

/** As `@ApiTags` and `@ApiOperation` keep them; the library does not export the names. */
const TAGS = 'swagger/apiUseTags';
const OPERATION = 'swagger/apiOperation';

const METHOD_NAMES: Partial<Record<RequestMethod, Method>> = {
  [RequestMethod.GET]: 'get',
  [RequestMethod.POST]: 'post',
  [RequestMethod.PUT]: 'put',
  [RequestMethod.PATCH]: 'patch',
  [RequestMethod.DELETE]: 'delete',
};

/** What the decorators of a route say, all that the document is made of. */
export interface RouteFacts {
  /** Unique: the controller and its method. */
  readonly name: string;
  readonly method: Method;
  /** With a slash first, parameters with a colon. */
  readonly path: string;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  /** Of the token, any one of them; none: no token is needed. */
  readonly scopes: readonly Scope[];
  /** Schemas of single path parameters, by their names. */
  readonly params: ReadonlyMap<string, z.ZodType>;
  /** Schemas of single query parameters, by their names; and of all of them. */
  readonly queries: ReadonlyMap<string | null, z.ZodType>;
  readonly body: z.ZodType | undefined;
  readonly headers: readonly DescribedHeader[];
  readonly answers: readonly DescribedAnswer[];
  readonly refusals: readonly ErrorCode[];
  /** Of success, when no answer is described. */
  readonly status: number;
}

/** The routes of a controller whose path is one of these. */
export function routesOfController(controller: Type, paths: RegExp): RouteFacts[] {
  const prototype = controller.prototype as Readonly<Record<string, object>>;
  const names = new MetadataScanner().getAllMethodNames(prototype);
  return names.flatMap((name) => {
    const handler = prototype[name] ?? {};
    return paths.test(joined(controller, handler)) ? routeFacts(controller, name, handler) : [];
  });
}

function routeFacts(controller: Type, name: string, handler: object): RouteFacts[] {
  const verb = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  const method = verb === undefined ? undefined : METHOD_NAMES[verb];
  if (method === undefined) return [];
  const of = (key: string | symbol): unknown =>
    Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller);
  const { summary, description } = (of(OPERATION) ?? {}) as { summary?: string; description?: string };
  const facts = {
    name: `${controller.name.replace(/Controller$/, '')}_${name}`,
    method,
    path: joined(controller, handler),
    tags: (of(TAGS) ?? []) as string[],
    ...(summary && { summary }),
    ...(description && { description }),
    scopes: of(PUBLIC_ROUTE) ? [] : ([of(REQUIRED_SCOPE) ?? [], of(OTHER_SCOPES) ?? []].flat() as Scope[]),
    ...inputs(controller, name),
    headers: headersOf(handler),
    answers: answersOf(handler),
    refusals: [...refusalsOf(controller), ...refusalsOf(handler)],
    status: (of(HTTP_CODE_METADATA) as number | undefined) ?? (method === 'post' ? 201 : 200),
  };
  return [facts];
}

function joined(controller: Type, handler: object): string {
  const parts = [controller, handler].map((target) => String(Reflect.getMetadata(PATH_METADATA, target) ?? ''));
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
}

/** The parts of a request that are described by a schema, as Nest numbers them. */
const PARTS: ReadonlyMap<number, 'params' | 'queries' | 'body'> = new Map([
  [RouteParamtypes.PARAM, 'params'],
  [RouteParamtypes.QUERY, 'queries'],
  [RouteParamtypes.BODY, 'body'],
]);

interface Argument {
  readonly data?: string;
  readonly pipes: readonly unknown[];
}

/** Who reads something of a request without a schema would take whatever comes, and nobody would know what to send. */
function inputs(controller: Type, name: string): Pick<RouteFacts, 'params' | 'queries' | 'body'> {
  const given = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, Argument>;
  const params = new Map<string, z.ZodType>();
  const queries = new Map<string | null, z.ZodType>();
  let body: z.ZodType | undefined;
  for (const [key, { data, pipes }] of Object.entries(given)) {
    const part = PARTS.get(Number(key.split(':')[0]));
    const schema = pipes.find((pipe) => pipe instanceof ZodPipe)?.schema as z.ZodType | undefined;
    if (!part) continue;
    if (!schema) throw new Error(`${controller.name}.${name} reads a part of the request without a ZodPipe`);
    if (part === 'body') body = schema;
    else if (part === 'queries') queries.set(data ?? null, schema);
    else if (data !== undefined) params.set(data, schema);
  }
  return { params, queries, body };
}
