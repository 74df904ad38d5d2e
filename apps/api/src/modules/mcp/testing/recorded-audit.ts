import { ServonautError } from '@servonaut/contracts';
import { AuditTrail, KeptArguments } from '../../audit/index.ts';
import { CallAudit } from '../tools/call-audit.ts';

/** An audit that is kept in memory, and that the test can hold up or break. */
export class RecordedAudit {
  /** What was stored, in order. */
  readonly records: { kind: string; data: Record<string, unknown>; [name: string]: unknown }[] = [];
  /** What stands between an event and its being stored. */
  storing: Promise<unknown> = Promise.resolve();
  /** The chain in which nothing can be stored. */
  broken: string | null = null;
  readonly calls: CallAudit;
  /** Resolves when what was taken in is in `records`, or was given up. To be called once, at the end. */
  readonly flush: () => Promise<void>;

  constructor() {
    const append = async (chain: string, events: readonly { text: string }[]): Promise<void> => {
      await this.storing;
      if (chain === this.broken)
        throw new ServonautError('audit_unavailable', { message: `${chain} cannot be written.` });
      this.records.push(...events.map(({ text }) => JSON.parse(text)));
    };
    const trail = new AuditTrail({ append }, { maxEvents: 1_000, maxLength: 1_000_000, waitMs: 60_000 });
    this.flush = () => trail.flush();
    this.calls = new CallAudit(trail, new KeptArguments({ key: Buffer.alloc(32), policy: 'full', maxLength: 1_000 }));
  }
}
