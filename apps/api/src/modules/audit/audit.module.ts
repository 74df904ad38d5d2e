import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import { AuditChains } from './audit-chains.ts';
import { AuditExport } from './audit-export.ts';
import type { AuditJournal } from './audit-journal.ts';
import { AUDIT_JOURNAL, auditJournalProvider } from './audit-journal.provider.ts';
import { AuditQuery } from './audit-query.ts';
import { AuditRetention } from './audit-retention.ts';
import { AuditTrail } from './audit-trail.ts';
import { ChainRetention } from './chain-retention.ts';
import { HeadSigner } from './head-signer.ts';
import { KeptArguments } from './kept-arguments.ts';
import { DeliveryStore } from './webhook/delivery-store.ts';
import { AUDIT_DELIVERY, webhookProviders } from './webhook/webhook.providers.ts';

const MIB = 1024 * 1024;

const providers: Provider[] = [
  {
    provide: HeadSigner,
    inject: [COORDINATOR_KEYS, APP_CONFIG],
    useFactory: (keys: CoordinatorKeys, { audit }: AppConfig) => HeadSigner.from(keys, audit.formerKeys),
  },
  auditJournalProvider,
  {
    provide: AuditTrail,
    inject: [DATABASE, HeadSigner, AUDIT_JOURNAL, APP_CONFIG],
    useFactory: (database: Database, signer: HeadSigner, journal: AuditJournal | null, { audit }: AppConfig) => {
      const options = {
        maxEvents: audit.queueEvents,
        maxLength: audit.queueMib * MIB,
        waitMs: audit.writeSeconds * 1_000,
      };
      return new AuditTrail(new AuditChains(database, signer), options, journal);
    },
  },
  {
    provide: KeptArguments,
    inject: [COORDINATOR_KEYS, APP_CONFIG],
    useFactory: ({ derive }: CoordinatorKeys, { audit }: AppConfig) =>
      new KeptArguments({
        key: derive('audit/arguments'),
        policy: audit.arguments,
        maxLength: audit.argumentsLength,
      }),
  },
  {
    provide: AuditQuery,
    inject: [DATABASE, AuditTrail],
    useFactory: (database: Database, trail: AuditTrail) => new AuditQuery(database, trail),
  },
  {
    provide: AuditExport,
    inject: [DATABASE, AuditQuery],
    useFactory: (database: Database, query: AuditQuery) => new AuditExport(database, query),
  },
  {
    provide: AuditRetention,
    inject: [DATABASE, HeadSigner, APP_CONFIG],
    useFactory: (database: Database, signer: HeadSigner, { audit }: AppConfig) =>
      new AuditRetention(new ChainRetention(database, signer), audit.retentionDays),
  },
  ...webhookProviders,
];

/** What happened, so that it can be proven. Knows nothing of what it records. */
@Module({
  providers,
  exports: [AuditTrail, KeptArguments, AuditQuery, AuditExport, HeadSigner, DeliveryStore, AUDIT_DELIVERY],
})
export class AuditModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(AUDIT_JOURNAL) private readonly journal: AuditJournal | null,
  ) {}

  beforeApplicationShutdown(): Promise<void> {
    return this.trail.flush();
  }

  onApplicationShutdown(): void {
    this.journal?.close();
  }
}
