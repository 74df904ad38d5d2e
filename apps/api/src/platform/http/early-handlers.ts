import { Injectable } from '@nestjs/common';
import type { RequestHandler } from 'express';

/** Handlers of modules that read bodies by themselves, and so stand before whatever of ours looks for a token or reads a body. */
@Injectable()
export class EarlyHandlers {
  #first: RequestHandler = (_request, _response, next) => next();

  /** Passes a request through what was added, in that order. */
  readonly handler: RequestHandler = (request, response, next) => this.#first(request, response, next);

  /** While the application starts. */
  add(handler: RequestHandler): void {
    const before = this.#first;
    this.#first = (request, response, next) =>
      before(request, response, (error?: unknown) =>
        error === undefined ? handler(request, response, next) : next(error),
      );
  }
}
