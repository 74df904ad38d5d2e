import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import type { AppConfig } from '../../config/app-config.ts';
import { AUTHENTICATION } from '../access/authentication.ts';
import { createLogger } from '../logging/logger.ts';
import { NestLogger } from '../logging/nest-logger.ts';
import { requestLog } from '../logging/request-log.ts';
import { METRICS } from '../metrics/metrics.provider.ts';
import { requestDuration } from '../metrics/request-duration.ts';
import { serveApiDocs } from './api-docs.ts';
import { EarlyHandlers } from './early-handlers.ts';
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
  const logger = createLogger(config);
  const app = await NestFactory.create<NestExpressApplication>(root, adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', config.http.trustProxy.length > 0 ? config.http.trustProxy : false);
  app.use(requestLog(logger), requestDuration(app.get(METRICS)), securityHeaders, originCheck(config));
  app.use(app.get(EarlyHandlers).handler, app.get<RequestHandler>(AUTHENTICATION), jsonBody());
  serveApiDocs(app);
  return app;
}
