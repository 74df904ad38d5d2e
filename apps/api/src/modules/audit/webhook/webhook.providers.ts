import type { Provider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { REDIS } from '../../../platform/redis/redis.provider.ts';
import { AuditQuery } from '../audit-query.ts';
import { AuditDelivery } from './audit-delivery.ts';
import { AuditWebhook } from './audit-webhook.ts';
import { BullmqDeliveryQueue } from './bullmq-delivery-queue.ts';
import { DeliveryStore } from './delivery-store.ts';
import { MemoryDeliveryQueue } from './memory-delivery-queue.ts';
import { WebhookSender } from './webhook-sender.ts';

const LOOK_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
/** As that of the other queues. */
const PREFIX = 'servonaut';

/** Null without `AUDIT_WEBHOOK_URL`. */
export const AUDIT_DELIVERY = Symbol('AuditDelivery');

/** The webhook from its parts, when there is an address for it. */
export const webhookProviders: Provider[] = [
  { provide: DeliveryStore, inject: [DATABASE], useFactory: (database: Database) => new DeliveryStore(database) },
  {
    provide: AUDIT_DELIVERY,
    inject: [APP_CONFIG, DATABASE, AuditQuery, DeliveryStore],
    useFactory: ({ audit }: AppConfig, database: Database, query: AuditQuery, store: DeliveryStore) =>
      audit.webhook && new AuditDelivery({ database, query, store, sender: new WebhookSender(audit.webhook) }),
  },
  {
    provide: AuditWebhook,
    inject: [APP_CONFIG, REDIS, DeliveryStore, AUDIT_DELIVERY],
    useFactory: (
      { audit }: AppConfig,
      redis: Redis | null,
      store: DeliveryStore,
      delivery: AuditDelivery | null,
    ): AuditWebhook | null => {
      if (!audit.webhook || !delivery) return null;
      const options = { tries: audit.webhook.tries, firstPauseMs: FIRST_PAUSE_MS };
      const queue = redis
        ? new BullmqDeliveryQueue(redis, PREFIX, delivery, options)
        : new MemoryDeliveryQueue(delivery, options);
      return new AuditWebhook(store, queue, LOOK_MS);
    },
  },
];
