import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/index.ts';
import type { Principal } from '../../auth/index.ts';
import type { Delegation } from './delegation.ts';

export type DelegationEvent = 'delegation.made' | 'delegation.changed' | 'delegation.ended';

/** Puts on record, in the chains of both users, what becomes of delegations. Of one to a team, in the chain of the grantor. */
@Injectable()
export class DelegationAudit {
  constructor(private readonly trail: AuditTrail) {}

  /** Before anything is done. @throws ServonautError `audit_unavailable` when it is known that it could not be recorded */
  checkRoom(userId: string): void {
    this.trail.checkRoom(userId);
  }

  /** After it is done. */
  note(kind: DelegationEvent, { id, grantor, grantee, ...terms }: Delegation, by: Principal): void {
    const { servers, tools, rules, expiresAt } = terms;
    const data = {
      delegation: id,
      grantor,
      grantee,
      ...(kind !== 'delegation.ended' && { servers, tools, rules, expires_at: expiresAt?.toISOString() ?? null }),
    };
    const actor = { kind: by.kind, id: by.id, label: by.label };
    for (const userId of grantee.kind === 'user' ? [grantor.id, grantee.id] : [grantor.id])
      this.trail.note({ kind, userId, actor, data });
  }
}
