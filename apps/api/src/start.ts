import { existsSync } from 'node:fs';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from '@nestjs/common';
import { AppModule } from './app.module.ts';
import { withPort, type AppConfig } from './config/app-config.ts';
import { FirstStart, welcome } from './modules/admin/index.ts';
import { createApp } from './platform/http/create-app.ts';
import { HttpListener } from './platform/http/listener.ts';

export interface Coordinator {
  readonly app: NestExpressApplication;
  readonly listener: HttpListener;
  readonly config: AppConfig;
}

/** Binds, builds, and serves. `print` gets what people are to read that is not a log line. */
export async function startCoordinator(settings: AppConfig, print: (text: string) => void): Promise<Coordinator> {
  const startedAt = performance.now();
  const listener = await HttpListener.bind(settings);
  const config = withPort(settings, listener.port);
  try {
    const app = await createApp(AppModule.forRoot(config), config, listener.adapter());
    await app.init();
    await greet(app.get(FirstStart), print);
    listener.serve(app.getHttpAdapter().getInstance());
    logParts(config, performance.now() - startedAt);
    return { app, listener, config };
  } catch (error) {
    listener.server.close();
    throw error;
  }
}

async function greet(firstStart: FirstStart, print: (text: string) => void): Promise<void> {
  const facts = await firstStart.run();
  if (facts) print(welcome(facts, firstStart.file));
  else if (existsSync(firstStart.file))
    new Logger('Start').log(`the tokens of the first start are in ${firstStart.file}`);
  else
    new Logger('Start').log('the tokens of the first start are not kept here; admins issue new ones under /api/admin');
}

function logParts(config: AppConfig, milliseconds: number): void {
  const parts = {
    url: config.publicUrl,
    database: config.databaseUrl === null ? 'pglite' : 'postgresql',
    stores: config.redisUrl === null ? 'memory' : 'redis',
    strategy: config.mercure === null ? 'embedded' : 'mercure',
    took_ms: Math.round(milliseconds),
  };
  new Logger('Start').log(parts, `listening on ${config.publicUrl}`);
}
