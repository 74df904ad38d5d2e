import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AuditTrail } from '../audit/index.ts';
import { Revocations } from './revocations.ts';

/**
 * Puts on record, in the chain of their user, which credentials have ended with what they were made with, whichever way that was ended. Who has asked
 * for it stands in the record of that: it has the same `request_id`.
 */
@Injectable()
export class TakenBackRecords implements OnModuleDestroy {
  readonly #unsubscribe: () => void;

  constructor(revocations: Revocations, trail: AuditTrail) {
    this.#unsubscribe = revocations.subscribe(({ userId, credentialId, takenBack }) => {
      if (!takenBack) return;
      const data = { credential: credentialId, ...takenBack };
      trail.note({ kind: 'credential.revoked', userId, actor: { kind: 'coordinator', id: null }, data });
    });
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }
}
