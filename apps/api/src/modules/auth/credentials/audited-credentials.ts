import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { AuditTrail } from '../../audit/index.ts';
import type { Principal } from '../principal.ts';
import { Revocations } from '../revocations.ts';
import type { CredentialChange, CredentialFacts, NewCredential } from './credential-facts.ts';
import { CredentialService, type CredentialWrite } from './credential-service.ts';

/**
 * Puts on record, in the chain of their user, which credentials come, change and go. After it is done: it may be part of a transaction, for which the
 * record could wait for ever. None comes or changes while it could not be recorded; any can be revoked.
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

  override async issue(
    wanted: NewCredential,
    how?: Parameters<CredentialService['issue']>[1],
  ): ReturnType<CredentialService['issue']> {
    if (wanted.createdBy) this.trail.checkRoom(wanted.userId);
    const issued = await super.issue(wanted, how);
    this.#note('credential.issued', issued.facts, wanted.createdBy, limitsOnRecord(issued.facts));
    return issued;
  }

  override async change(id: string, change: CredentialChange, write: CredentialWrite): Promise<CredentialFacts> {
    const before = await this.get(id);
    this.trail.checkRoom(before.userId);
    const changed = await super.change(id, change, write);
    this.#note('credential.changed', changed, write.by, { version: changed.version, ...limitsOnRecord(changed) });
    return changed;
  }

  override async revoke(id: string, how: Parameters<CredentialService['revoke']>[1] = {}): Promise<CredentialFacts> {
    const before = await this.get(id);
    const revoked = await super.revoke(id, how);
    if (before.revokedAt === null) this.#note('credential.revoked', revoked, how.by ?? null, limitsOnRecord(revoked));
    return revoked;
  }

  #note(
    kind: string,
    { id, userId, createdBy }: CredentialFacts,
    by: Principal | null,
    data: Readonly<Record<string, unknown>>,
  ): void {
    const actor = by ? { kind: by.kind, id: by.id, label: by.label } : ({ kind: 'coordinator', id: null } as const);
    this.trail.note({ kind, userId, actor, data: { credential: id, issued_by: createdBy, ...data } });
  }
}

function limitsOnRecord({ label, scopes, tools, servers, rules, commands, addresses, expiresAt }: CredentialFacts) {
  return { label, scopes, tools, servers, rules, commands, addresses, expires_at: expiresAt?.toISOString() ?? null };
}
