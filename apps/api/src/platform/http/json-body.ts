import { WIRE_LIMITS } from '@servonaut/contracts';
import express, { type RequestHandler } from 'express';

/** The hub reads its own form-encoded body as it comes. */
const RAW_PATH = '/.well-known/mercure';

/** Parses JSON bodies up to the limit of the wire. */
export function jsonBody(): RequestHandler {
  const parse = express.json({ limit: WIRE_LIMITS.bodyBytes, type: ['application/json', 'application/*+json'] });
  return (request, response, next) => {
    if (request.path === RAW_PATH) next();
    else parse(request, response, next);
  };
}
