import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { JournalFile, type Place } from '../../platform/journal/journal-file.ts';
import type { PreparedEvent } from './audit-event.ts';

/** Size of the file, in bytes, at which it is written anew without what the database has. */
const COMPACT_BYTES = 1024 * 1024;

const eventSchema = z.object({
  chain: z.string(),
  at: z.coerce.date(),
  kind: z.string(),
  actorId: z.string().nullable(),
  requestId: z.string().nullable(),
  text: z.string(),
});

/**
 * Events on their way into the database of a coordinator that runs alone, in `audit.journal` in its data folder. A statement takes this thread as long
 * as many calls take for the rest of their way, and costs little more for many events: a call waits for a line in a file instead. What the
 * process leaves here when it is killed, the next one stores.
 */
export class AuditJournal {
  readonly #file: JournalFile;
  readonly #logger = new Logger(AuditJournal.name);
  /** Of the events that the database does not have yet, in the order of the file. */
  readonly #places: Map<PreparedEvent, Place>;
  #isBroken = false;
  #compactAt = COMPACT_BYTES;

  /** @throws ServonautError `config_invalid` when it cannot be read or written */
  constructor(path: string) {
    try {
      this.#file = new JournalFile(path);
      this.#places = new Map(this.#read());
    } catch (cause) {
      throw new ServonautError('config_invalid', { message: `${path} cannot be read or written.`, cause });
    }
  }

  /** What an earlier process has left, the oldest first. The database may have taken the first of them; see `storedAlready`. */
  get left(): readonly PreparedEvent[] {
    return [...this.#places.keys()];
  }

  /** @returns whether the events are on disk, all of them. The log says why not. */
  append(events: readonly PreparedEvent[]): boolean {
    try {
      const places = this.#file.append(events.map((event) => JSON.stringify(event)));
      events.forEach((event, index) => this.#places.set(event, places[index] as Place));
      this.#isBroken = false;
      return true;
    } catch (error) {
      if (!this.#isBroken) this.#logger.error(error, 'audit.journal cannot be written; calls wait for the database');
      this.#isBroken = true;
      return false;
    }
  }

  /** The database has them. */
  stored(events: Iterable<PreparedEvent>): void {
    for (const event of events) this.#places.delete(event);
    if (this.#file.bytes > this.#compactAt) this.#compact();
  }

  /** After the last event. */
  close(): void {
    this.#compact();
    this.#file.close();
  }

  *#read(): Iterable<[PreparedEvent, Place]> {
    for (const [place, line] of this.#file.records()) {
      const event = readEvent(line);
      if (event) yield [event, place];
      // Its end is missing: whoever waited for it had not been told anything yet.
      else this.#logger.warn('audit.journal: left out a damaged event');
    }
  }

  #compact(): void {
    try {
      const kept = [...this.#places];
      const places = this.#file.compact(kept.map(([, place]) => place));
      kept.forEach(([event], index) => this.#places.set(event, places[index] as Place));
      this.#compactAt = Math.max(COMPACT_BYTES, 2 * this.#file.bytes);
    } catch (error) {
      this.#compactAt = 2 * this.#file.bytes;
      this.#logger.error(error, 'audit.journal could not be written anew; it grows on');
    }
  }
}

function readEvent(line: string): PreparedEvent | undefined {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
