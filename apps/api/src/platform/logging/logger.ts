import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { AppConfig } from '../../config/app-config.ts';
import { withoutQuery } from '../errors/failed-query.ts';
import { requestFields } from './request-log.ts';
import { scrub } from './scrub.ts';
import { terminalStream } from './terminal-stream.ts';

/** Keys whose values are never logged, at the top of an entry and one level down. */
const SECRET_KEYS = ['authorization', 'cookie', 'token', 'secret', 'password', 'databaseUrl', 'redisUrl'];

/** JSON lines on standard output, or lines for people when that is a terminal. */
export function createLogger(
  { logLevel }: Pick<AppConfig, 'logLevel'>,
  destination: DestinationStream = process.stdout.isTTY ? terminalStream(process.stdout) : process.stdout,
): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      mixin: requestFields,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
      serializers: { err: (error: Error) => stdSerializers.err(withoutQuery(error) as Error) },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
}
