import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Parts of Nest that report every module and every route of a start. */
const CHATTY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's log through pino, with its account of the start at debug: whoever starts a coordinator has three lines to read, not a hundred. */
@Injectable()
export class CalmLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTY.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
