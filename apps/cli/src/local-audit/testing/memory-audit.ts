import { ServonautError } from '@servonaut/contracts';
import { sha256 } from '../audit-entry.ts';
import { CallAudit } from '../call-audit.ts';
import type { LocalAudit, LocalAuditEvent } from '../local-audit.ts';

/** Keeps what is recorded, for those whose files are not the matter. */
export class MemoryAudit implements LocalAudit {
  readonly events: LocalAuditEvent[] = [];
  /** Takes nothing. */
  isFull = false;
  readonly warnings: string[] = [];
  readonly calls = new CallAudit({
    audit: this,
    clean: (value) => value,
    argumentChars: 100,
    warn: (message) => void this.warnings.push(message),
  });

  record(event: LocalAuditEvent): string {
    if (this.isFull) throw new ServonautError('audit_unavailable');
    return sha256(String(this.events.push(event)));
  }
}
