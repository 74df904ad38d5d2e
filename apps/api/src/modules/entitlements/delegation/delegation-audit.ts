import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/index.ts';
import type { Principal } from '../../auth/index.ts';
import type { Delegation } from './delegation.ts';

export type DelegationEvent = 'delegation.made' | 'delegation.changed' | 'delegation.ended';

/** Puts on record, in the chains of both users, what becomes of delegations. Of one to a team, in the chain of the grantor. */
@Injectable()
export class DelegationAudit {
  constructor(private readonly trail: AuditTrail) {}

  /** Before anything is given or changed. @throws ServonautError `audit_unavailable` when it is known that it could not be recorded */
  checkRoom(...userIds: readonly string[]): void {
    for (const userId of userIds) this.trail.checkRoom(userId);
  }

  /** After it is done. That it is over is told late rather than not done: it asks for no room. */
  note(kind: DelegationEvent, delegation: Delegation, by: Principal): void {
    const { id, grantor, grantee, servers, tools, rules, expiresAt } = delegation;
    const data = {
      delegation: id,
      grantor,
      grantee,
      ...(kind !== 'delegation.ended' && { servers, tools, rules, expires_at: expiresAt?.toISOString() ?? null }),
    };
    const actor = { kind: by.kind, id: by.id, label: by.label };
    for (const userId of concernedBy(delegation)) this.trail.note({ kind, userId, actor, data });
  }
}

/** In whose chains it is recorded. */
export function concernedBy({ grantor, grantee }: Delegation): readonly string[] {
  return grantee.kind === 'user' ? [grantor.id, grantee.id] : [grantor.id];
}
