import { errorRow } from '@servonaut/contracts';
import { takesIdempotencyKey } from '../idempotency/idempotency.interceptor.ts';
import type { Answer, Header } from './openapi.ts';
import type { RouteFacts } from './route-facts.ts';

const REST = /^\/api\/(?:admin|me)(?:\/|$)/;
const PROBLEM = { $ref: '#/components/schemas/Problem' };

const RETRY_AFTER: Header = {
  description: 'Seconds until it is worth another try, where that is known.',
  schema: { type: 'string', pattern: '^[0-9]+$' },
};
const CHALLENGE: Header = {
  description: 'What the token lacks (RFC 6750), and where to get one (RFC 9728).',
  schema: { type: 'string' },
};

/** Every status that an error has, by name of the component. 500 is missing: that is a mistake of ours, and nobody is to reckon with it. */
const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request does not have the expected shape; `detail` names the fields.',
  401: 'No token, or one that is good no more.',
  403: 'The token may not do this, or the request comes from where it may not.',
  404: 'There is no such thing, or it is not for the caller to know.',
  409: 'It contradicts what is there; or the first request with this `Idempotency-Key` is still being done.',
  410: 'Its time is over.',
  412: 'It has been changed since the version of `If-Match`.',
  413: 'The request is too large.',
  422: 'The `Idempotency-Key` was used for another request.',
  429: 'A limit is reached.',
  502: 'Another party does not answer as it should.',
  503: 'The coordinator, or what it stands on, cannot do this now.',
  504: 'Another party did not answer in time.',
};

const HEADERS: Readonly<Record<number, Readonly<Record<string, Header>>>> = {
  401: { 'WWW-Authenticate': CHALLENGE },
  403: { 'WWW-Authenticate': CHALLENGE },
  409: { 'Retry-After': RETRY_AFTER },
  429: { 'Retry-After': RETRY_AFTER },
  503: { 'Retry-After': RETRY_AFTER },
};

/** For `components.responses`. */
export function errorAnswers(): Record<string, Answer> {
  const entries = Object.entries(DESCRIPTIONS).map(([status, description]) => {
    const headers = HEADERS[Number(status)];
    const content = { 'application/problem+json': { schema: PROBLEM } };
    return [nameOf(Number(status)), { description, ...(headers && { headers }), content }] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The errors that callers of a route must reckon with: those of all routes of its kind, and those that its author names.
 * @throws Error for one that has no description
 */
export function errorsOf(route: RouteFacts): Record<string, { $ref: string }> {
  const statuses = [...kindsOf(route), ...route.refusals.map((code) => errorRow(code).http)];
  const sorted = [...new Set(statuses)].sort((one, other) => one - other);
  return Object.fromEntries(sorted.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]));
}

function* kindsOf(route: RouteFacts): Generator<number> {
  const { method, path, params, queries, headers, body, scopes } = route;
  const writes = method !== 'get';
  // A page from elsewhere, at any route.
  yield 403;
  // Whoever is to be known may not be found out just now.
  if (scopes.length > 0) yield* [401, 503];
  if (writes || params.size + queries.size + headers.length > 0) yield 400;
  if (params.size > 0 || (body && REST.test(path))) yield 404;
  if (writes) yield 413;
  if (writes && REST.test(path)) yield 409;
  if (takesIdempotencyKey(method.toUpperCase(), path)) yield 422;
  if (headers.some(({ name }) => name === 'If-Match')) yield 412;
}

function nameOf(status: number): string {
  if (DESCRIPTIONS[status] === undefined) throw new Error(`no description of the error status ${status}`);
  return `Error${status}`;
}
