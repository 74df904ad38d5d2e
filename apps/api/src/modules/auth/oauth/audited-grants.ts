import { Inject, Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import type { AdapterPayload } from 'oidc-provider';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { AuditTrail } from '../../audit/index.ts';
import { Revocations } from '../revocations.ts';
import { OidcRecords } from './oidc-records.ts';
import { StoredGrants } from './stored-grants.ts';

const COORDINATOR = { kind: 'coordinator', id: null } as const;

/** Puts on record, in the chain of their user, which grants are made, and which end by themselves: none is made while that cannot be recorded. */
@Injectable()
export class AuditedRecords extends OidcRecords {
  readonly #database: Database;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    revocations: Revocations,
    private readonly trail: AuditTrail,
  ) {
    super(database, keys, revocations);
    this.#database = database;
  }

  override async save(...args: Parameters<OidcRecords['save']>): Promise<void> {
    const [model, name, payload] = args;
    // Whoever presses twice at once makes the same one twice.
    if (model === 'Grant' && !(await this.find(model, name))) await this.#made(this.storedName(name), payload);
    await super.save(...args);
  }

  override async endGrant(...args: Parameters<OidcRecords['endGrant']>): Promise<void> {
    const [id] = args;
    const [grant] = await this.#database
      .select({ accountId: oidcRecords.accountId, client: oidcRecords.clientId })
      .from(oidcRecords)
      .where(and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.id, id)));
    await super.endGrant(...args);
    if (grant) noteEnd(this.trail, String(grant.accountId), { grant: id, client: grant.client });
  }

  #made(grant: string, { accountId, clientId: client, resources: scopes }: AdapterPayload): Promise<void> {
    const userId = String(accountId);
    const actor = { kind: 'user', id: userId } as const;
    return this.trail.record({ kind: 'grant.made', userId, actor, data: { grant, client, scopes } });
  }
}

/** The same for those that a user, or an admin, ends all at once. */
@Injectable()
export class AuditedGrants extends StoredGrants {
  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(APP_CONFIG) config: Pick<AppConfig, 'publicUrl'>,
    records: OidcRecords,
    revocations: Revocations,
    private readonly trail: AuditTrail,
  ) {
    super(database, config, records, revocations);
  }

  override async revokeAll(userId: string): Promise<void> {
    const grants = await this.list(userId);
    await super.revokeAll(userId);
    for (const { id, client } of grants) noteEnd(this.trail, userId, { grant: id, client: client.id });
  }
}

/** Who has asked for it, if anybody has, stands in the record of that: it has the same `request_id`. */
function noteEnd(trail: AuditTrail, userId: string, data: { grant: string; client: string | null }): void {
  trail.note({ kind: 'grant.ended', userId, actor: COORDINATOR, data });
}
