import { Global, Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { createLogger, ROOT_LOGGER } from './logger.ts';

/** Provides the one pino logger of the process. */
@Global()
@Module({
  providers: [{ provide: ROOT_LOGGER, inject: [APP_CONFIG], useFactory: (config: AppConfig) => createLogger(config) }],
  exports: [ROOT_LOGGER],
})
export class LoggingModule {}
