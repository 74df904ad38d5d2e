import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import type { Logger as PinoLogger } from 'pino';
import type { AppConfig } from '../../config/app-config.ts';
import { ROOT_LOGGER } from '../logging/logger.ts';
import { requestLog } from '../logging/request-log.ts';
import { METRICS } from '../metrics/metrics.provider.ts';
import { requestDuration } from '../metrics/request-duration.ts';
import { jsonBody } from './json-body.ts';
import { originCheck } from './origin-check.ts';
import { securityHeaders } from './security-headers.ts';

/**
 * Makes the application around `root`, not yet initialised. What every request passes before it reaches a controller is here, in order.
 * Errors of the start are thrown, not printed.
 */
export async function createApp(root: DynamicModule, config: AppConfig): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(root, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.http.trustProxy.length > 0 ? config.http.trustProxy : false);
  app.use(
    requestLog(app.get<PinoLogger>(ROOT_LOGGER)),
    requestDuration(app.get(METRICS)),
    securityHeaders,
    originCheck(config),
    jsonBody(),
  );
  return app;
}
