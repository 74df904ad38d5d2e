import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MercureHub } from '@servonaut/mercure';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { KeptArguments, type AuditEvent } from '../../audit/index.ts';
import { Revocations } from '../../auth/index.ts';
import { ExecutorIds } from '../executors/executor-ids.ts';
import { ExecutorRegistry } from '../executors/executor-registry.ts';
import { MemoryExecutorStore } from '../executors/memory-executor-store.ts';
import { RedisExecutorStore } from '../executors/redis-executor-store.ts';
import { MemoryPendingStore } from '../pending/memory-pending-store.ts';
import type { PendingStore } from '../pending/pending-store.ts';
import type { RequestArchive } from '../pending/request-archive.ts';
import { RelayMetrics } from '../relay-metrics.ts';
import { RelayService, type RelayOptions } from '../relay.service.ts';
import { RequestAudit } from '../request-audit.ts';
import { RequestCanceller } from '../request-canceller.ts';
import { RevokedRequests, type GrantorsOf } from '../revoked-requests.ts';
import { ExecutorReports } from '../results/executor-reports.ts';
import { RequestSealer } from '../seal/request-sealer.ts';
import { EmbeddedStrategy, HUB_PATH } from '../strategies/embedded-strategy.ts';
import { HubBridge } from '../strategies/hub-bridge.ts';
import type { RelayStrategy } from '../strategies/relay-strategy.ts';
import { WiredRedisPendingStore } from './redis-pending.ts';

export interface RelayNodeOptions extends Partial<RelayOptions> {
  readonly keys: CoordinatorKeys;
  /** Given: shared with other nodes under the prefix. */
  readonly redis?: Redis;
  readonly prefix?: string;
  readonly archive?: RequestArchive;
  readonly heartbeatIntervalMs?: number;
  readonly maxOpenPerUser?: number;
  /** Default: nobody has any. */
  readonly grantorsOf?: GrantorsOf;
  /** In place of the embedded hub, which then has no executors. */
  readonly strategy?: RelayStrategy;
}

export interface RelayNode {
  readonly relay: RelayService;
  readonly executors: ExecutorRegistry;
  readonly reports: ExecutorReports;
  readonly pending: PendingStore;
  readonly strategy: RelayStrategy;
  /** Of this process alone. */
  readonly revocations: Revocations;
  readonly metrics: Registry;
  /** What it has put on record. */
  readonly events: readonly AuditEvent[];
  close(): Promise<void>;
}

/** Of the digests that are on record. */
export const AUDIT_KEY = Buffer.alloc(32, 3);
const KEPT = new KeptArguments({ key: AUDIT_KEY, policy: 'full', maxLength: 1_000 });

/** A coordinator process as far as the relay goes: real stores, a real hub on a free port, no Nest. */
export async function startRelayNode(options: RelayNodeOptions): Promise<RelayNode> {
  const embedded = await startHub(options);
  const strategy = options.strategy ?? embedded.strategy;
  const events: AuditEvent[] = [];
  const note = ({ data, ...event }: AuditEvent): void =>
    void events.push({ ...event, data: typeof data === 'function' ? data() : (data ?? {}) });
  const audit = new RequestAudit({ note, checkRoom: () => undefined }, KEPT);
  const pending = await openPending(options, audit);
  const store = options.redis ? new RedisExecutorStore(options.redis, options.prefix) : new MemoryExecutorStore();
  const executors = new ExecutorRegistry({
    store,
    pending,
    ids: new ExecutorIds(options.keys.executorIdKey),
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 30_000,
    onPresence: audit.presence,
    checkRoom: audit.checkRoom,
  });
  const registry = new Registry();
  const metrics = new RelayMetrics(registry, () => executors.countPresent());
  const sealer = new RequestSealer(options.keys);
  const { ttlSeconds = 15, ackGraceMs = 100, resultGraceMs = 100 } = options;
  const limits = { ttlSeconds, ackGraceMs, resultGraceMs };
  const canceller = new RequestCanceller({ executors, pending, sealer, strategy, ttlSeconds });
  const relay = new RelayService({ executors, pending, sealer, strategy, canceller, metrics, audit, options: limits });
  const revocations = new Revocations();
  const revoked = new RevokedRequests({
    revocations,
    pending,
    canceller,
    grantorsOf: options.grantorsOf ?? (async () => []),
  });
  const close = async (): Promise<void> => {
    revoked.onModuleDestroy();
    canceller.onModuleDestroy();
    await executors.close();
    await pending.close();
    await embedded.close();
  };
  return {
    relay,
    executors,
    reports: new ExecutorReports(pending, store),
    pending,
    strategy,
    revocations,
    metrics: registry,
    events,
    close,
  };
}

async function startHub({ keys, redis, prefix }: RelayNodeOptions) {
  const hub = new MercureHub({ publisherKey: keys.hubPublisherKey, subscriberKey: keys.hubSubscriberKey });
  const server = createServer((request, response) => void hub.handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${HUB_PATH}`;
  const facts = { hubUrl, subscriberKey: keys.hubSubscriberKey };
  const strategy = new EmbeddedStrategy(hub, facts, redis ? new HubBridge(redis, prefix) : null);
  await strategy.start();
  const close = async (): Promise<void> => {
    await strategy.close();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { strategy, close };
}

async function openPending(
  { redis, prefix, archive, maxOpenPerUser = 100 }: RelayNodeOptions,
  { changed: onChange }: RequestAudit,
): Promise<PendingStore> {
  const limits = { maxOpenPerUser, retentionMs: 60_000, onChange };
  if (!redis) {
    const store = new MemoryPendingStore({ ...limits, ...(archive && { archive }) });
    await store.rehydrate();
    return store;
  }
  return WiredRedisPendingStore.open(redis, { ...limits, prefix: prefix ?? 'servonaut' });
}
