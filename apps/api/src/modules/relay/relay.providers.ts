import { getQueueToken } from '@nestjs/bullmq';
import type { Provider } from '@nestjs/common';
import { MercureHub } from '@servonaut/mercure';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { METRICS } from '../../platform/metrics/metrics.provider.ts';
import { REDIS } from '../../platform/redis/redis.provider.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import { AuditTrail, KeptArguments } from '../audit/index.ts';
import { CredentialService, Grants, grantorsOf, Revocations } from '../auth/index.ts';
import { ExecutorAdministration } from './administration/executor-administration.ts';
import { RequestAdministration } from './administration/request-administration.ts';
import { ExecutorIds } from './executors/executor-ids.ts';
import { ExecutorRegistry } from './executors/executor-registry.ts';
import { ExecutorStore } from './executors/executor-store.ts';
import { MemoryExecutorStore } from './executors/memory-executor-store.ts';
import { RedisExecutorStore } from './executors/redis-executor-store.ts';
import { RevokedExecutors } from './executors/revoked-executors.ts';
import { DeadlineQueue, DEADLINE_QUEUE } from './pending/deadline-queue.ts';
import { DeadlineProcessor } from './pending/deadline.processor.ts';
import { MemoryPendingStore } from './pending/memory-pending-store.ts';
import { PendingStore, type RequestKey } from './pending/pending-store.ts';
import { RedisPendingStore } from './pending/redis-pending-store.ts';
import { RequestJournal } from './pending/request-journal.ts';
import { RelayMetrics } from './relay-metrics.ts';
import { RequestAudit } from './request-audit.ts';
import { RequestCanceller } from './request-canceller.ts';
import { RevokedRequests } from './revoked-requests.ts';
import { RelayService } from './relay.service.ts';
import { Relay } from './relay.ts';
import { ExecutorReports } from './results/executor-reports.ts';
import { RequestSealer } from './seal/request-sealer.ts';
import { EmbeddedStrategy, HUB_PATH } from './strategies/embedded-strategy.ts';
import { HubBridge } from './strategies/hub-bridge.ts';
import { holderOf } from './strategies/hub-subject.ts';
import { HubTokens } from './strategies/hub-tokens.ts';
import { MercureStrategy } from './strategies/mercure-strategy.ts';
import { RELAY_STRATEGY, type RelayStrategy } from './strategies/relay-strategy.ts';

/** Injection token of the embedded `MercureHub`, or null when a hub of its own serves. */
export const EMBEDDED_HUB = Symbol('EmbeddedHub');

const MIB = 1024 * 1024;

async function openPendingStore(
  { relay, dataDir }: AppConfig,
  redis: Redis | null,
  queue: Queue<RequestKey> | undefined,
  audit: RequestAudit,
): Promise<PendingStore> {
  const limits = {
    onChange: audit.changed,
    maxOpenPerUser: relay.maxPendingPerUser,
    maxOpenPerPrincipal: relay.maxPendingPerCredential,
    retentionMs: relay.retentionSeconds * 1_000,
  };
  if (redis) {
    if (!queue) throw new Error('Redis without deadlineQueueModule: no deadline would ever fire');
    const store = new RedisPendingStore(redis, new DeadlineQueue(queue), limits);
    await store.start();
    return store;
  }
  const archive = await RequestJournal.open(dataDir, { ...limits, maxBytes: relay.journalMib * MIB });
  const store = new MemoryPendingStore({ ...limits, archive });
  await store.rehydrate();
  return store;
}

async function openStrategy(
  config: AppConfig,
  hub: MercureHub | null,
  keys: CoordinatorKeys,
  redis: Redis | null,
  tokens: HubTokens,
): Promise<RelayStrategy> {
  if (config.mercure) return new MercureStrategy(config.mercure, tokens);
  if (!hub) throw new Error('neither a hub of its own nor an embedded one');
  const facts = {
    hubUrl: `${config.publicUrl}${HUB_PATH}`,
    subscriberKey: keys.hubSubscriberKey,
  };
  const strategy = new EmbeddedStrategy(hub, facts, redis && new HubBridge(redis));
  await strategy.start();
  return strategy;
}

/** Lets in whose credential or grant is good, whatever the token says. */
function embeddedHub(
  { mercure, relay }: AppConfig,
  { hubPublisherKey: publisherKey, hubSubscriberKey: subscriberKey }: CoordinatorKeys,
  credentials: CredentialService,
  grants: Grants,
): MercureHub | null {
  if (mercure) return null;
  const admit = async (subject: string | undefined): Promise<boolean> => {
    const id = holderOf(subject)?.credentialId;
    return id !== undefined && ((await credentials.isInForce(id)) || grants.isInForce(id));
  };
  return new MercureHub({
    publisherKey,
    subscriberKey,
    admit,
    maxSubscribersPerGrant: relay.maxStreamsPerUser,
    maxSubscribersPerSubject: relay.maxStreamsPerCredential,
  });
}

const relayOptions = ({ relay }: AppConfig) => ({
  ttlSeconds: relay.ttlSeconds,
  ackGraceMs: relay.ackGraceSeconds * 1_000,
  resultGraceMs: relay.resultGraceSeconds * 1_000,
});

/** The relay from its parts; which store and which strategy, the configuration decides here and nowhere else. */
export const relayProviders: Provider[] = [
  {
    provide: HubTokens,
    inject: [APP_CONFIG],
    useFactory: ({ relay }: AppConfig) => new HubTokens(relay.subscriberTokenSeconds),
  },
  { provide: EMBEDDED_HUB, inject: [APP_CONFIG, COORDINATOR_KEYS, CredentialService, Grants], useFactory: embeddedHub },
  {
    provide: RELAY_STRATEGY,
    inject: [APP_CONFIG, EMBEDDED_HUB, COORDINATOR_KEYS, REDIS, HubTokens],
    useFactory: openStrategy,
  },
  {
    provide: RequestAudit,
    inject: [AuditTrail, KeptArguments],
    useFactory: (trail: AuditTrail, kept: KeptArguments) => new RequestAudit(trail, kept),
  },
  {
    provide: PendingStore,
    // After the database: whoever has lost the data folder to another coordinator is told so once, and leaves nothing half open.
    inject: [APP_CONFIG, REDIS, { token: getQueueToken(DEADLINE_QUEUE), optional: true }, RequestAudit, DATABASE],
    useFactory: openPendingStore,
  },
  DeadlineProcessor,
  {
    provide: ExecutorStore,
    inject: [REDIS],
    useFactory: (redis: Redis | null) => (redis ? new RedisExecutorStore(redis) : new MemoryExecutorStore()),
  },
  {
    provide: ExecutorRegistry,
    inject: [ExecutorStore, PendingStore, COORDINATOR_KEYS, RequestAudit, APP_CONFIG],
    useFactory: (
      store: ExecutorStore,
      pending: PendingStore,
      { executorIdKey }: CoordinatorKeys,
      audit: RequestAudit,
      { relay }: AppConfig,
    ) =>
      new ExecutorRegistry({
        store,
        pending,
        ids: new ExecutorIds(executorIdKey),
        heartbeatIntervalMs: relay.heartbeatIntervalSeconds * 1_000,
        legacyExecutors: relay.legacyExecutors,
        onPresence: audit.presence,
        checkRoom: audit.checkRoom,
      }),
  },
  {
    provide: RevokedExecutors,
    inject: [Revocations, ExecutorRegistry, EMBEDDED_HUB],
    useFactory: (revocations: Revocations, executors: ExecutorRegistry, hub: MercureHub | null) =>
      new RevokedExecutors(revocations, executors, hub),
  },
  {
    provide: ExecutorReports,
    inject: [PendingStore, ExecutorStore],
    useFactory: (pending: PendingStore, executors: ExecutorStore) => new ExecutorReports(pending, executors),
  },
  {
    provide: RelayMetrics,
    inject: [METRICS, ExecutorRegistry],
    useFactory: (registry: Registry, executors: ExecutorRegistry) =>
      new RelayMetrics(registry, () => executors.countPresent()),
  },
  {
    provide: RequestSealer,
    inject: [COORDINATOR_KEYS],
    useFactory: (keys: CoordinatorKeys) => new RequestSealer(keys),
  },
  {
    provide: RequestCanceller,
    inject: [ExecutorRegistry, PendingStore, RequestSealer, RELAY_STRATEGY, APP_CONFIG],
    useFactory: (
      executors: ExecutorRegistry,
      pending: PendingStore,
      sealer: RequestSealer,
      strategy: RelayStrategy,
      { relay: { ttlSeconds } }: AppConfig,
    ) => new RequestCanceller({ executors, pending, sealer, strategy, ttlSeconds }),
  },
  {
    provide: ExecutorAdministration,
    inject: [ExecutorRegistry, RequestSealer, RELAY_STRATEGY, APP_CONFIG],
    useFactory: (
      executors: ExecutorRegistry,
      sealer: RequestSealer,
      strategy: RelayStrategy,
      { relay: { ttlSeconds } }: AppConfig,
    ) => new ExecutorAdministration({ executors, sealer, strategy, ttlSeconds }),
  },
  {
    provide: RequestAdministration,
    inject: [PendingStore, RequestCanceller],
    useFactory: (pending: PendingStore, canceller: RequestCanceller) => new RequestAdministration(pending, canceller),
  },
  {
    provide: RevokedRequests,
    inject: [Revocations, PendingStore, RequestCanceller, DATABASE],
    useFactory: (revocations: Revocations, pending: PendingStore, canceller: RequestCanceller, database: Database) =>
      new RevokedRequests({ revocations, pending, canceller, grantorsOf: (userId) => grantorsOf(database, userId) }),
  },
  {
    provide: RelayService,
    inject: [
      ExecutorRegistry,
      PendingStore,
      RequestSealer,
      RELAY_STRATEGY,
      RequestCanceller,
      RelayMetrics,
      RequestAudit,
      APP_CONFIG,
    ],
    useFactory: (
      executors: ExecutorRegistry,
      pending: PendingStore,
      sealer: RequestSealer,
      strategy: RelayStrategy,
      canceller: RequestCanceller,
      metrics: RelayMetrics,
      audit: RequestAudit,
      config: AppConfig,
    ) =>
      new RelayService({
        executors,
        pending,
        sealer,
        strategy,
        canceller,
        metrics,
        audit,
        options: relayOptions(config),
      }),
  },
  { provide: Relay, useExisting: RelayService },
];
