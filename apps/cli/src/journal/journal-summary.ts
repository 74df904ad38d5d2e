import fs from 'node:fs';
import { JournalFile, journalPath } from './journal-file.ts';
import { readRecords, type JournalRecord } from './journal-record.ts';

/** What a journal says at the moment. */
export interface JournalSummary {
  /** Results that the coordinator has not taken: of which request, and since when, in milliseconds since the epoch. */
  readonly undelivered: readonly { readonly id: string; readonly at: number }[];
  /** Requests that have started and are not over. */
  readonly started: number;
  /** Lines that are no records. */
  readonly damaged: number;
}

/** Reads the journal and leaves it as it is, so that an executor may be writing it. @throws ServonautError `config_invalid` when it cannot be read */
export function summarizeJournal(stateDir: string): JournalSummary {
  const bytes = new JournalFile(journalPath(stateDir), fs).read() ?? Buffer.alloc(0);
  const { records, damaged } = readRecords(bytes);
  const last = new Map<string, JournalRecord>();
  for (const record of records) if (record.event !== 'opened') last.set(record.id, record);
  const are = (event: JournalRecord['event']) =>
    [...last].flatMap(([id, record]) => (record.event === event ? [{ id, at: record.at }] : []));
  return { undelivered: are('finished'), started: are('started').length, damaged };
}
