import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { JournalFile, type Place } from '../../platform/journal/journal-file.ts';
import type { PreparedEvent } from './audit-event.ts';

/** Size of the file, in bytes, at which it is written anew without what the database has. */
const COMPACT_BYTES = 1024 * 1024;

/** HMAC-SHA256 in base64url, before the text of each event. */
const MAC_LENGTH = 43;

/** What an event has beside its text is in it. */
const textSchema = z.object({
  chain: z.string(),
  at: z.coerce.date(),
  kind: z.string(),
  actor: z.object({ id: z.string().nullable() }),
  request_id: z.string().nullable(),
});

/**
 * Events on their way into the database of a coordinator that runs alone, in `audit.journal` in its data folder. A statement takes this thread as long
 * as many calls take for the rest of their way, and costs little more for many events: a call waits for a line in a file instead. What the
 * process leaves here when it is killed, the next one stores: each has a code under a key of the coordinator, which would otherwise sign whatever
 * somebody has written here. What is stored is gone as soon as nothing waits.
 */
export class AuditJournal {
  readonly #file: JournalFile;
  /** Node 24 takes five times as long over a key that comes as bytes, each time. */
  readonly #key: KeyObject;
  readonly #logger = new Logger(AuditJournal.name);
  /** Of the events that the database does not have yet, in the order of the file. */
  readonly #places: Map<PreparedEvent, Place>;
  #isBroken = false;
  #compactAt = COMPACT_BYTES;

  /** @throws ServonautError `config_invalid` when it cannot be read or written, or holds what another has written */
  constructor(path: string, key: Uint8Array) {
    this.#key = createSecretKey(key);
    try {
      this.#file = new JournalFile(path);
      this.#places = new Map(eventsIn(this.#file, this.#key, this.#logger));
    } catch (cause) {
      throw cause instanceof ServonautError ? cause : cannotBeUsed(path, cause);
    }
  }

  /** What an earlier process has left, the oldest first. The database may have taken the first of them; see `storedAlready`. */
  get left(): readonly PreparedEvent[] {
    return [...this.#places.keys()];
  }

  /** @returns whether the events are on disk, all of them. The log says why not. */
  append(events: readonly PreparedEvent[]): boolean {
    try {
      const places = this.#file.append(events.map(({ text }) => codeOf(text, this.#key) + text));
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
    if (this.#places.size === 0 || this.#file.bytes > this.#compactAt) this.#compact();
  }

  /** After the last event. */
  close(): void {
    this.#compact();
    this.#file.close();
  }

  #compact(): void {
    try {
      if (this.#places.size === 0) return this.#file.empty();
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

/** @throws ServonautError `config_invalid` at a whole event without the code of this coordinator */
function* eventsIn(file: JournalFile, key: KeyObject, logger: Logger): Iterable<[PreparedEvent, Place]> {
  for (const [place, line] of file.records()) {
    const text = line.slice(MAC_LENGTH);
    const parsed = textSchema.safeParse(tryJson(text));
    // Its end is missing: whoever waited for it had not been told anything yet.
    if (!parsed.success) logger.warn('audit.journal: left out a damaged event');
    else if (!hasCode(line, text, key)) throw notWrittenHere();
    else yield [toEvent(parsed.data, text), place];
  }
}

function toEvent({ actor, request_id: requestId, ...rest }: z.infer<typeof textSchema>, text: string): PreparedEvent {
  return { ...rest, actorId: actor.id, requestId, text };
}

function hasCode(line: string, text: string, key: KeyObject): boolean {
  const [given, expected] = [Buffer.from(line.slice(0, MAC_LENGTH)), Buffer.from(codeOf(text, key))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const codeOf = (text: string, key: KeyObject): string => createHmac('sha256', key).update(text).digest('base64url');

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cannotBeUsed(path: string, cause: unknown): ServonautError {
  return new ServonautError('config_invalid', { message: `${path} cannot be read or written.`, cause });
}

function notWrittenHere(): ServonautError {
  return new ServonautError('config_invalid', {
    message: 'audit.journal in the data folder holds an event that was not written under this SERVONAUT_SECRET.',
    nextStep:
      'If the secret was changed, start once with the former one, which stores what is left. Otherwise somebody else has written to the file: move it elsewhere.',
  });
}
