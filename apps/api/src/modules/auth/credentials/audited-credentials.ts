import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { AuditTrail, type AuditEvent } from '../../audit/index.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';
import { columnsOf, type CredentialChange, type CredentialFacts, type NewCredential } from './credential-facts.ts';
import { CredentialService, type CredentialWrite } from './credential-service.ts';

/**
 * Puts on record, in the chain of their user, which credentials come, change and go. None comes or changes that is not on record: nobody is told the
 * token of a new one before, and no change is made before it is recorded that it was asked for. Any can be revoked.
 */
@Injectable()
export class AuditedCredentials extends CredentialService {
  constructor(
    @Inject(DATABASE) database: Database,
    revocations: Revocations,
    private readonly trail: AuditTrail,
  ) {
    super(database, revocations);
  }

  /** As part of a transaction, as on the first start, the record could wait for its end for ever: it is stored soon. */
  override async issue(
    wanted: NewCredential,
    how: Parameters<CredentialService['issue']>[1] = {},
  ): ReturnType<CredentialService['issue']> {
    const { createdBy } = wanted;
    if (createdBy) this.trail.checkRoom(wanted.userId);
    const issued = await super.issue(wanted, how);
    const event = eventOf('credential.issued', issued.facts, createdBy, limitsOnRecord(issued.facts));
    if (how.database) this.trail.note(event);
    else await this.trail.record(event);
    return issued;
  }

  override async change(id: string, change: CredentialChange, write: CredentialWrite): Promise<CredentialFacts> {
    const before = await this.get(id);
    await this.trail.record(eventOf('credential.change_asked', before, write.by, { asked: changeOnRecord(change) }));
    const changed = await super.change(id, change, write);
    const data = { version: changed.version, ...limitsOnRecord(changed) };
    this.trail.note(eventOf('credential.changed', changed, write.by, data));
    return changed;
  }

  override async revoke(id: string, how: Parameters<CredentialService['revoke']>[1] = {}): Promise<CredentialFacts> {
    const before = await this.get(id);
    const revoked = await super.revoke(id, how);
    if (before.revokedAt === null)
      this.trail.note(eventOf('credential.revoked', revoked, how.by ?? null, limitsOnRecord(revoked)));
    return revoked;
  }
}

function eventOf(
  kind: string,
  { id, userId, createdBy }: CredentialFacts,
  by: Principal | null,
  data: Readonly<Record<string, unknown>>,
): AuditEvent {
  const actor = by ? { kind: by.kind, id: by.id, label: by.label } : ({ kind: 'coordinator', id: null } as const);
  return { kind, userId, actor, data: { credential: id, issued_by: createdBy, ...data } };
}

function changeOnRecord(change: CredentialChange) {
  const { expiresAt, ...columns } = columnsOf(change);
  return { ...columns, expires_at: expiresAt === null ? null : expiresAt?.toISOString() };
}

function limitsOnRecord({ label, scopes, tools, servers, rules, commands, addresses, expiresAt }: CredentialFacts) {
  return { label, scopes, tools, servers, rules, commands, addresses, expires_at: expiresAt?.toISOString() ?? null };
}
