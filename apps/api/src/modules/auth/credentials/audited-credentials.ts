import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { AuditTrail } from '../../audit/index.ts';
import { Revocations } from '../revocations.ts';
import { CredentialService, type CredentialFacts, type NewCredential } from './credential-service.ts';

/**
 * Puts on record, in the chain of their user, which credentials come and go. After it is done: it may be part of a transaction, for which the record
 * could wait for ever. Who asks for it over REST is recorded before.
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

  override async issue(wanted: NewCredential, database?: Database): ReturnType<CredentialService['issue']> {
    const issued = await super.issue(wanted, database);
    const { label, scopes, tools, servers, expiresAt } = issued.facts;
    const limits = { scopes, tools, servers, expires_at: expiresAt?.toISOString() ?? null };
    this.#note('credential.issued', issued.facts, { label, ...limits });
    return issued;
  }

  override async revoke(id: string, how?: Parameters<CredentialService['revoke']>[1]): Promise<CredentialFacts> {
    const before = await this.get(id);
    const revoked = await super.revoke(id, how);
    if (before.revokedAt === null) this.#note('credential.revoked', revoked, { label: revoked.label });
    return revoked;
  }

  #note(kind: string, { id, userId, createdBy }: CredentialFacts, data: Readonly<Record<string, unknown>>): void {
    const actor = { kind: 'coordinator', id: null } as const;
    this.trail.note({ kind, userId, actor, data: { credential: id, issued_by: createdBy, ...data } });
  }
}
