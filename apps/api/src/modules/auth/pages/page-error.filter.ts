import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorRow, type ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { toServonautError } from '../../../platform/errors/to-servonaut-error.ts';
import { pageHeaders } from '../../../platform/http/page-headers.ts';
import { html } from './html.ts';
import { document } from './layout.ts';

/** Where an error becomes a page. Nothing private passes: the detail and the cause stay in the log. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger('Page');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = toServonautError(thrown);
    const response = host.switchToHttp().getResponse<Response>();
    if (error.code === 'internal') this.#log(error);
    if (response.headersSent) response.destroy();
    else if (error.code === 'unauthenticated') response.redirect(303, '/sign-in');
    else showError(error, response);
  }

  #log(error: ServonautError): void {
    const origin = error.cause instanceof Error ? error.cause : error;
    this.#logger.error({ err: origin, code: error.code, detail: error.detail }, error.message);
  }
}

function showError(error: ServonautError, response: Response): void {
  const retryAfter = error.facts['retry_after_seconds'];
  if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(retryAfter));
  response.setHeaders(new Map(pageHeaders()));
  const body = html`<p>${error.nextStep}</p>
    <p><a href="/account">Your account</a></p>`;
  response
    .status(errorRow(error.code).http)
    .type('html')
    .send(document({ title: 'That did not work', alert: error.message, body }));
}
