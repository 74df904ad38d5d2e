import { WIRE_LIMITS } from '@servonaut/contracts';
import express, { type RequestHandler } from 'express';
import type { IdentifiedRequest } from '../access/authentication.ts';

/** How long what a stranger goes on sending is taken and thrown away, in milliseconds: cut off at once, a client would not read its answer. */
const UNREAD_BODY_MS = 1_000;

/** Parses JSON bodies up to the limit of the wire, of those whom the authentication knows. */
export function jsonBody(): RequestHandler {
  const parse = express.json({ limit: WIRE_LIMITS.bodyBytes, type: ['application/json', 'application/*+json'] });
  return (request: IdentifiedRequest, response, next) => {
    if (request.principal) return parse(request, response, next);
    response.once('finish', () => cutOff(request));
    next();
  };
}

function cutOff(request: IdentifiedRequest): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), UNREAD_BODY_MS);
  request.once('close', () => clearTimeout(timer));
}
