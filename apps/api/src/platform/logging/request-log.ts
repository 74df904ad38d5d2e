import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const REQUEST_ID_HEADER = 'X-Request-Id';
const SANE_ID = /^[\w.:-]{1,64}$/;

/** The id of the request on whose behalf something runs. */
const currentRequest = new AsyncLocalStorage<string>();

/** Fields of every line that is logged on behalf of a request, wherever in the code. */
export function requestFields(): object {
  const id = currentRequest.getStore();
  return id === undefined ? {} : { request_id: id };
}

/**
 * Gives every request an id (the caller's own when it is sane), echoes it, and logs the end of the request: successes at debug, refusals
 * at info, failures at warn.
 */
export function requestLog(logger: Logger): RequestHandler {
  const log = pinoHttp({
    logger,
    genReqId: requestId,
    // The default serializers copy all headers of every request only to have them thrown away.
    wrapSerializers: false,
    serializers: { req: describeRequest, res: ({ statusCode }: ServerResponse) => ({ status: statusCode }) },
    customLogLevel: (_request, { statusCode }) => (statusCode >= 500 ? 'warn' : statusCode >= 400 ? 'info' : 'debug'),
    customErrorObject: (_request, res, _error, { responseTime }: { responseTime: number }) => ({ res, responseTime }),
  });
  return (request, response, next) => {
    log(request, response);
    currentRequest.run(idOf(request), next);
  };
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
  response.setHeader(REQUEST_ID_HEADER, id);
  return id;
}

/** The id that `requestLog` has given the request. */
export function idOf(request: IncomingMessage): string {
  return request.id as string;
}

/** No headers, and no query string: a Mercure client may put its token there. */
function describeRequest(request: IncomingMessage) {
  return {
    id: request.id,
    method: request.method,
    path: request.url?.split('?', 1)[0],
    from: request.socket.remoteAddress,
  };
}
