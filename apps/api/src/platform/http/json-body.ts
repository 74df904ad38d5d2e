import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import express, { type RequestHandler } from 'express';
import type { IdentifiedRequest } from '../access/authentication.ts';

/** How long what a stranger goes on sending is taken and thrown away, in milliseconds: cut off at once, a client would not read its answer. */
const UNREAD_BODY_MS = 1_000;

/** Of objects and arrays in each other. What comes after the parser may call itself once for each, which has an end long before the body has. */
const MOST_NESTED = 100;
/** What they bring means nothing (RFC 9110 sections 9.3.1 and 9.3.2), and is not looked at. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Parses JSON bodies up to the limit of the wire, of those whom the authentication knows. */
export function jsonBody(): RequestHandler {
  const parse = express.json({ limit: WIRE_LIMITS.bodyBytes, type: ['application/json', 'application/*+json'] });
  return (request: IdentifiedRequest, response, next) => {
    if (request.principal && !WITHOUT_BODY.has(request.method))
      return parse(request, response, (error?: unknown) => next(error ?? nestingError(request.body)));
    response.once('finish', () => cutOff(request));
    next();
  };
}

/** By these, errors of the parser are known to who answers them in another form. */
const REFUSED = { type: 'entity.nested', status: 400 };

function nestingError(body: unknown): ServonautError | undefined {
  let level = [body].filter(isNest);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MOST_NESTED) return Object.assign(tooDeep(), REFUSED);
    level = level.flatMap((each) => Object.values(each)).filter(isNest);
  }
  return undefined;
}

const isNest = (value: unknown): value is object => typeof value === 'object' && value !== null;

const tooDeep = () => new ServonautError('invalid_request', { message: `nested more than ${MOST_NESTED} deep` });

function cutOff(request: IdentifiedRequest): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), UNREAD_BODY_MS);
  request.once('close', () => clearTimeout(timer));
}
