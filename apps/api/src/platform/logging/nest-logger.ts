import type { LoggerService } from '@nestjs/common';
import { withoutQuery } from '../errors/failed-query.ts';
import type { Level, Logger } from 'pino';

/**
 * Parts of Nest that report every module and every route of a start, or an error of it that is thrown as well. At debug: whoever starts a
 * coordinator has three lines to read, not a hundred.
 */
const CHATTY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'ExceptionHandler',
]);

/** Nest's `Logger` through pino. An object as the message is fields, with the text after it; the last argument is the context. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const [text] = rest.slice(0, -1);
    const at = CHATTY.has(context) ? 'debug' : level;
    if (message instanceof Error) this.#logger[at]({ context, err: message }, (withoutQuery(message) as Error).message);
    else if (typeof message === 'object') this.#logger[at]({ context, ...message }, text as string | undefined);
    // What Nest itself logs of an error comes as its message and its stack.
    else this.#logger[at](text === undefined ? { context } : { context, stack: text }, message as string);
  }
}
