import { ServonautError } from '@servonaut/contracts';
import { whyOf } from '../journal/journal-file.ts';
import { LateSync } from '../journal/late-sync.ts';
import { AuditDisk } from './audit-disk.ts';
import { CHAIN_CUT, CHAIN_RESUMED, entryLine, type ChainLink } from './audit-entry.ts';
import { auditFolder } from './audit-files.ts';
import { DEFAULT_AUDIT_SETTINGS, type AuditSettings } from './audit-settings.ts';
import { readChainEnd } from './chain-end.ts';
import { ChainLock } from './chain-lock.ts';
import { moveAside, removeOld } from './chain-rotation.ts';
import type { LocalAudit, LocalAuditEvent } from './local-audit.ts';

export interface FileAuditOptions {
  readonly settings?: AuditSettings;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told of what the operator should know and no call waits for. */
  readonly warn?: (message: string) => void;
}

/** An entry, before it has its place. */
interface Unplaced {
  readonly kind: string;
  readonly requestId?: string;
  readonly data: object;
}

/**
 * A chain in files of the profile's state folder, which all processes of the profile write to, one at a time. What is written survives a kill at
 * once, and a power cut a little later: docs/adr/0025-nothing-waits-for-the-platter.md.
 */
export class FileAudit implements LocalAudit {
  readonly #folder: string;
  readonly #options: Required<FileAuditOptions>;
  readonly #disk: AuditDisk;
  readonly #lock: ChainLock;
  readonly #sync: LateSync;
  /** The last entry; undefined when that has to be read first. */
  #last: ChainLink | undefined;
  /** The last entry that this process wrote. */
  #own: ChainLink | undefined;

  constructor(stateDir: string, options: FileAuditOptions = {}) {
    this.#folder = auditFolder(stateDir);
    this.#options = { settings: DEFAULT_AUDIT_SETTINGS, now: Date.now, warn: () => undefined, ...options };
    const { settings, now, warn } = this.#options;
    this.#disk = new AuditDisk(this.#folder);
    this.#lock = new ChainLock(this.#folder);
    this.#sync = new LateSync(this.#disk, { now, warn, syncAfterMs: settings.audit_sync_ms });
  }

  record(event: LocalAuditEvent): string {
    try {
      if (!this.#last) this.#disk.makeFolder();
      const hash = this.#lock.during(() => this.#append(event));
      this.#own = this.#last;
      this.#sync.soon(hash);
      return hash;
    } catch (cause) {
      this.#last = undefined;
      throw unavailable(cause);
    }
  }

  /** What a command of a moment has recorded outlives a power cut from here on. */
  close(): void {
    this.#sync.stop();
    try {
      this.#disk.syncNow();
    } catch (error) {
      this.#options.warn(`The audit of this machine may not outlive a power cut: ${whyOf(error)}.`);
    }
    this.#disk.close();
    this.#lock.close();
  }

  #append(event: LocalAuditEvent): string {
    this.#goOn();
    if (this.#disk.bytes >= this.#options.settings.audit_file_kib * 1_024) this.#rotate();
    return this.#write(event);
  }

  /** Finds the end of the chain, where this process does not know it. */
  #goOn(): void {
    if (this.#last && this.#disk.isAsLeft) return;
    this.#disk.open();
    const end = readChainEnd(this.#folder);
    this.#last = end;
    const feed = end.endsInFeed ? '' : '\n';
    if (end.tornBytes > 0) this.#write({ kind: CHAIN_RESUMED, data: { torn_bytes: end.tornBytes } }, feed);
    else if (feed) this.#disk.append(feed);
    if (this.#own && !isWithin(this.#own, end)) this.#write({ kind: CHAIN_CUT, data: { ...this.#own } });
  }

  #rotate(): void {
    const { now, settings } = this.#options;
    this.#disk.syncNow();
    moveAside(this.#folder);
    this.#disk.open();
    removeOld(this.#folder, settings, now(), (trimmed) => void this.#write(trimmed));
  }

  /** @param before what ends the line that stands before it, if that has no end */
  #write({ kind, requestId, data }: Unplaced, before = ''): string {
    const previous = this.#last as ChainLink;
    const at = new Date(this.#options.now()).toISOString();
    const seq = previous.seq + 1;
    const record = { v: 1, seq, at, kind, request_id: requestId ?? null, data } as const;
    const { hash, line } = entryLine(previous.hash, record as Parameters<typeof entryLine>[1]);
    this.#disk.append(before + line);
    this.#last = { seq, hash };
    return hash;
  }
}

/** Of an entry that others have gone on after, only a verifier can tell. */
function isWithin({ seq, hash }: ChainLink, end: ChainLink): boolean {
  return seq === end.seq ? hash === end.hash : seq < end.seq;
}

/** As for the journal, agents are told what it is that the operator has to mend. */
function unavailable(cause: unknown): ServonautError {
  const why = (cause as NodeJS.ErrnoException).code === undefined ? (cause as Error).message : whyOf(cause);
  return new ServonautError('audit_unavailable', {
    message: `The executor cannot write its own audit, and what cannot be recorded is not done: ${why}.`,
    nextStep: 'The operator looks at "servonaut doctor" on that machine.',
    detail: String(cause),
    cause,
  });
}
