import { InjectQueue } from '@nestjs/bullmq';
import {
  Inject,
  Module,
  Optional,
  type BeforeApplicationShutdown,
  type MiddlewareConsumer,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import type { MercureHub } from '@servonaut/mercure';
import type { Queue } from 'bullmq';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { HealthChecks } from '../../platform/health/health-checks.ts';
import { AuditModule, AuditTrail } from '../audit/index.ts';
import { ExecutorAdministration } from './administration/executor-administration.ts';
import { RequestAdministration } from './administration/request-administration.ts';
import { ExecutorHashesController } from './executor-hashes/executor-hashes.controller.ts';
import { ExecutorHashes } from './executor-hashes/executor-hashes.ts';
import { ExecutorRegistry } from './executors/executor-registry.ts';
import { ExecutorsController } from './executors/executors.controller.ts';
import { DEADLINE_QUEUE } from './pending/deadline-queue.ts';
import { DeadlineProcessor } from './pending/deadline.processor.ts';
import { PendingStore } from './pending/pending-store.ts';
import { EMBEDDED_HUB, relayProviders } from './relay.providers.ts';
import { RelayService } from './relay.service.ts';
import { Relay } from './relay.ts';
import { CommandReportsController } from './results/command-reports.controller.ts';
import { HUB_PATH } from './strategies/embedded-strategy.ts';
import { RELAY_STRATEGY, type RelayStrategy } from './strategies/relay-strategy.ts';

/** Carries requests to executors and their results back. */
@Module({
  imports: [AuditModule],
  controllers: [ExecutorsController, CommandReportsController, ExecutorHashesController],
  providers: [...relayProviders, ExecutorHashes],
  exports: [Relay, ExecutorAdministration, RequestAdministration],
})
export class RelayModule implements NestModule, OnModuleInit, BeforeApplicationShutdown {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(EMBEDDED_HUB) private readonly hub: MercureHub | null,
    @Inject(RELAY_STRATEGY) private readonly strategy: RelayStrategy,
    private readonly health: HealthChecks,
    private readonly pending: PendingStore,
    private readonly executors: ExecutorRegistry,
    private readonly relay: RelayService,
    private readonly deadlines: DeadlineProcessor,
    private readonly audit: AuditTrail,
    @Optional() @InjectQueue(DEADLINE_QUEUE) private readonly queue: Queue | null,
  ) {}

  /** The hub is no controller: it has tokens of its own, and streams that no interceptor may hold. */
  configure(consumer: MiddlewareConsumer): void {
    const { hub } = this;
    if (hub)
      consumer.apply((request: Request, response: Response) => hub.handle(request, response)).forRoutes(HUB_PATH);
  }

  onModuleInit(): void {
    this.health.add({ name: 'relay', check: () => this.strategy.check() });
  }

  /** Agents that wait get their answers first; only then do the streams end, without which the server could not close. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.relay.drain(this.config.http.shutdownGraceSeconds * 1_000);
    await this.strategy.close();
    await this.executors.close();
    if (this.queue) await this.deadlines.stop();
    await this.queue?.close();
    await this.pending.close();
    await this.audit.flush();
  }
}
