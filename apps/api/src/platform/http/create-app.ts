import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { Logger as PinoLogger } from 'pino';
import type { AppConfig } from '../../config/app-config.ts';
import { CalmLogger } from '../logging/calm-logger.ts';
import { ROOT_LOGGER } from '../logging/logger.ts';
import { requestLog } from '../logging/request-log.ts';
import { METRICS } from '../metrics/metrics.provider.ts';
import { requestDuration } from '../metrics/request-duration.ts';
import { serveApiDocs } from './api-docs.ts';
import { jsonBody } from './json-body.ts';
import { originCheck } from './origin-check.ts';
import { securityHeaders } from './security-headers.ts';

/**
 * Makes the application around `root`, not yet initialised. What every request passes before it reaches a controller is here, in order.
 * Errors of the start are thrown, not printed.
 */
export async function createApp(
  root: DynamicModule,
  config: AppConfig,
  adapter = new ExpressAdapter(),
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(root, adapter, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(CalmLogger));
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
  serveApiDocs(app);
  return app;
}
