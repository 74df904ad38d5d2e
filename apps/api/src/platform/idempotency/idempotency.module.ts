import { Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../database/database.ts';
import { RowSweeper } from '../database/row-sweeper.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../secrets/coordinator-keys.ts';
import { IdempotencyInterceptor } from './idempotency.interceptor.ts';
import { IdempotentAnswers } from './idempotent-answers.ts';

/** Comes after the modules whose interceptors are to see each request, also one that is answered from memory: what checks and records admins. */
@Module({
  providers: [
    {
      provide: IdempotentAnswers,
      inject: [DATABASE, COORDINATOR_KEYS, APP_CONFIG],
      useFactory: (database: Database, keys: CoordinatorKeys, { idempotency }: AppConfig) =>
        new IdempotentAnswers(database, keys, idempotency),
    },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
})
export class IdempotencyModule implements OnModuleInit, OnModuleDestroy {
  readonly #sweeper: RowSweeper;

  constructor(answers: IdempotentAnswers) {
    this.#sweeper = new RowSweeper('answers', (rows) => answers.sweep(rows));
  }

  onModuleInit(): void {
    this.#sweeper.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#sweeper.stop();
  }
}
