import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

const REQUEST_ID_HEADER = 'X-Request-Id';
const SANE_ID = /^[\w.:-]{1,64}$/;

/** The HTTP request on whose behalf something runs. */
const currentRequest = new AsyncLocalStorage<{ readonly id: string; readonly request: Request }>();

/** Where what runs now was asked for: the id of the HTTP request, and the network address that it came from. Undefined outside of one. */
export function requestOrigin(): { readonly id: string; readonly address: string | undefined } | undefined {
  const current = currentRequest.getStore();
  return current && { id: current.id, address: current.request.ip };
}

/** Fields of every line that is logged on behalf of a request, wherever in the code. */
export function requestFields(): object {
  const id = currentRequest.getStore()?.id;
  return id === undefined ? {} : { request_id: id };
}

/**
 * Gives every request an id (the caller's own when it is sane), echoes it, and logs the end of the request: successes at debug, refusals
 * at info, failures at warn. Nothing is prepared for a line that will not be written.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const id = requestId(request.headers['x-request-id']);
    const startedAt = performance.now();
    response.setHeader(REQUEST_ID_HEADER, id);
    response.once('close', () => logEnd(logger, request, response, performance.now() - startedAt));
    currentRequest.run({ id, request }, next);
  };
}

/** The id that `requestLog` has given the request of this response. */
export function idOf(response: ServerResponse): string {
  return String(response.getHeader(REQUEST_ID_HEADER));
}

function requestId(given: unknown): string {
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}

function logEnd(logger: Logger, request: Request, response: Response, milliseconds: number): void {
  const { statusCode: status, writableFinished } = response;
  const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return;
  const req = { id: idOf(response), ...describe(request) };
  const fields = { req, res: { status }, responseTime: Math.round(milliseconds) };
  logger[level](fields, writableFinished ? 'request completed' : 'request aborted');
}

/** No headers, and no query string: a Mercure client may put its token there. */
function describe({ method, originalUrl, socket }: Request) {
  return { method, path: originalUrl.split('?', 1)[0], from: socket.remoteAddress };
}
