import type { RequestPlace } from './pending-store.ts';
import type { RequestRecord } from './request-record.ts';

/** Port: where the records of a coordinator that runs alone outlive its process. */
export interface RequestArchive {
  /** Writes behind; what happened within the last moments before a crash may be missing. */
  saveSoon(record: RequestRecord): void;
  /** Resolves when the record is safe. */
  save(record: RequestRecord): Promise<void>;
  /** Undefined for another user's request too. */
  get(userId: string, requestId: string): Promise<RequestRecord | undefined>;
  /** Users who have requests here. */
  users(): ReadonlySet<string>;
  /** Those of a user, in no order. */
  placesOf(userId: string): readonly RequestPlace[];
  /** All requests without an outcome, oldest first. */
  open(): Promise<RequestRecord[]>;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}
