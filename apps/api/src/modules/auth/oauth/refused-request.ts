import { errorRow, ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { pageHeaders } from '../../../platform/http/page-headers.ts';
import type { FlowPages } from './flow-pages.ts';
import { isTooMany, retryAfter } from './too-many.ts';

/** Answers what was refused before the library saw it: to a person with a page, to a program as RFC 6749 section 5.2 has it. */
export function answerRefusal(refusal: ServonautError, request: Request, response: Response, pages: FlowPages): void {
  if (isTooMany(refusal)) response.setHeader('Retry-After', retryAfter(refusal));
  else hangUp(request, response);
  const error = isTooMany(refusal) ? 'temporarily_unavailable' : 'invalid_request';
  const description = `${refusal.message} ${refusal.nextStep}`;
  response.status(errorRow(refusal.code).http);
  if (request.accepts(['json', 'html']) !== 'html')
    return void response.json({ error, error_description: description });
  response.setHeaders(new Map(pageHeaders())).type('html').send(pages.error(error, description));
}

/** For a request whose body is still on its way: the connection has no further use. */
export function hangUp(request: Request, response: Response): void {
  response.once('finish', () => request.socket.destroySoon());
  response.setHeader('Connection', 'close');
}
