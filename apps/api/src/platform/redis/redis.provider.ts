import { Logger, type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';

/** Injection token of the shared connection: `Redis`, or null without `REDIS_URL`. Subscribers and BullMQ workers `duplicate()` it. */
export const REDIS = Symbol('Redis');

/**
 * How long a connection that we close may take to be closed by Redis too, in milliseconds. The client waits for as long after a connection that Redis has
 * closed before, and keeps the process alive meanwhile.
 */
const DISCONNECT_TIMEOUT_MS = 200;

/**
 * Opens the connection. Commands wait while it is down and are retried when it is back, without a bound of their own: a caller who
 * cannot wait bounds the wait. Errors are logged, never thrown at the process.
 */
export function openRedis(url: string): Redis {
  const logger = new Logger('Redis');
  // BullMQ demands that commands wait for ever rather than fail after some reconnects.
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    connectionName: 'servonaut',
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  });
  redis.on('error', (error: Error) => logger.error(`connection: ${error.message}`));
  redis.on('ready', () => logger.debug('connected'));
  return redis;
}

export const redisProvider: Provider = {
  provide: REDIS,
  inject: [APP_CONFIG],
  useFactory: ({ redisUrl }: AppConfig): Redis | null => (redisUrl === null ? null : openRedis(redisUrl)),
};
