import { existsSync } from 'node:fs';
import path from 'node:path';
import { Logger, type Provider } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import { AuditJournal } from './audit-journal.ts';
import { storedAlready } from './stored-already.ts';

const DAY_MS = 86_400_000;

/** Injection token of the `AuditJournal`, or null where there is a database server, which other coordinators may use too. */
export const AUDIT_JOURNAL = Symbol('AuditJournal');

/** What of the configuration says where the journal is, and what of it is still to be stored. */
export interface JournalConfig extends Pick<AppConfig, 'databaseUrl' | 'dataDir'> {
  readonly audit: Pick<AppConfig['audit'], 'retentionDays'>;
}

/** @throws ServonautError `config_invalid`, see `AuditJournal`, and when events are left that belong to the chains of another database */
export async function openJournal(
  database: Database,
  { derive }: Pick<CoordinatorKeys, 'derive'>,
  { databaseUrl, dataDir, audit }: JournalConfig,
): Promise<AuditJournal | null> {
  const file = path.join(dataDir, 'audit.journal');
  if (databaseUrl !== null && !existsSync(file)) return null;
  const journal = new AuditJournal(file, derive('audit/journal'));
  if (databaseUrl !== null) return refuseLeft(journal);
  journal.stored(await storedAlready(database, journal.left));
  journal.stored(olderThan(journal.left, audit.retentionDays));
  return journal;
}

function refuseLeft(journal: AuditJournal): null {
  const { length } = journal.left;
  if (length === 0) {
    journal.close();
    return null;
  }
  throw new ServonautError('config_invalid', {
    message: `audit.journal in the data folder holds ${length} events that the database in that folder has not stored.`,
    nextStep: 'Start once without DATABASE_URL, stop in order, and then set it.',
  });
}

/** What would be removed again; it may have been removed already. @param days 0 for ever */
function olderThan(events: AuditJournal['left'], days: number): AuditJournal['left'] {
  const before = Date.now() - days * DAY_MS;
  const old = days === 0 ? [] : events.filter(({ at }) => at.getTime() < before);
  if (old.length > 0) new Logger(AuditJournal.name).warn(`audit.journal: ${old.length} events are left out: too old`);
  return old;
}

export const auditJournalProvider: Provider = {
  // After the database, whose lock on the data folder this one needs too.
  provide: AUDIT_JOURNAL,
  inject: [DATABASE, COORDINATOR_KEYS, APP_CONFIG],
  useFactory: openJournal,
};
