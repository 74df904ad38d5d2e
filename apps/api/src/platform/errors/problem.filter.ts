import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ServonautError, toProblem } from '@servonaut/contracts';
import type { Response } from 'express';
import type { IdentifiedRequest } from '../access/authentication.ts';
import { idOf } from '../logging/request-log.ts';
import { bearerChallenge } from './bearer-challenge.ts';
import { methodsInstead } from './other-methods.ts';
import { toServonautError } from './to-servonaut-error.ts';

/** The one place where an error becomes an HTTP answer. Nothing private passes: the detail and the cause stay in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Problem');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, response] = [http.getRequest<IdentifiedRequest>(), http.getResponse<Response>()];
    const allowed = methodsInstead(thrown, request);
    const error = allowed.length > 0 ? new ServonautError('method_not_allowed') : toServonautError(thrown);
    if (allowed.length > 0 && !response.headersSent) response.setHeader('Allow', allowed.join(', '));
    this.#log(error);
    // A stream that has begun has no other way left to say that it failed.
    if (response.headersSent) response.destroy();
    else this.#answer(error, request, response);
  }

  #answer(error: ServonautError, { wayIn }: IdentifiedRequest, response: Response): void {
    const challenge = bearerChallenge(error, wayIn);
    if (challenge) response.setHeader('WWW-Authenticate', challenge);
    const retryAfter = error.facts['retry_after_seconds'];
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(retryAfter));
    const problem = toProblem(error, idOf(response));
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  #log(error: ServonautError): void {
    if (error.code !== 'internal') return;
    const origin = error.cause instanceof Error ? error.cause : error;
    this.#logger.error({ err: origin, code: error.code, detail: error.detail }, error.message);
  }
}
