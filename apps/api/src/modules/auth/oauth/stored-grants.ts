import { Inject, Injectable } from '@nestjs/common';
import { requestedScopeSchema, ServonautError, type RequestedScope } from '@servonaut/contracts';
import { and, desc, eq, inArray, max } from 'drizzle-orm';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import type { UserGrants } from '../people/user-grants.ts';
import type { User } from '../people/user-service.ts';
import { oneAtATime } from '../acting-admin.ts';
import { takeBackMadeBy } from '../made-by.ts';
import { Revocations, type Revocation } from '../revocations.ts';
import { clientName, clientOrigin } from './client-facts.ts';
import { endGrantsOf } from '../ended-grants.ts';
import { grantStanding, isLive } from './grant-standing.ts';
import { Grants, type GrantFacts } from './grants.ts';
import { OidcRecords } from './oidc-records.ts';
import { audienceOfResource } from './resources.ts';

type GrantRow = typeof oidcRecords.$inferSelect;

/** What the library stores of a grant, as far as it is of use here: space-separated scopes by their resource. */
const grantSchema = z.object({ resources: z.record(z.string(), z.string()).prefault({}) });

/** Grants as the authorization server has stored them. */
@Injectable()
export class StoredGrants extends Grants implements UserGrants {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl'>,
    private readonly records: OidcRecords,
    private readonly revocations: Revocations,
  ) {
    super();
  }

  async list(userId: string): Promise<GrantFacts[]> {
    const rows = await this.database
      .select()
      .from(oidcRecords)
      .where(and(areOf(userId), isLive(new Date())))
      .orderBy(desc(oidcRecords.createdAt), desc(oidcRecords.id));
    const lastUses = await this.#lastUses(rows.map(({ id }) => id));
    const facts = await Promise.all(rows.map((row) => this.#facts(row, lastUses.get(row.id))));
    return facts.filter((each) => each !== undefined);
  }

  async isInForce(id: string): Promise<boolean> {
    const standing = await grantStanding(this.database, id);
    return standing !== undefined && !standing.disabled;
  }

  async isLetIn(clientId: string): Promise<boolean> {
    const ofClient = and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.clientId, clientId), isLive(new Date()));
    return (await this.database.select({ id: oidcRecords.id }).from(oidcRecords).where(ofClient).limit(1)).length > 0;
  }

  async revoke(id: string, userId: string): Promise<void> {
    const [grant] = await this.database
      .select({ id: oidcRecords.id })
      .from(oidcRecords)
      .where(and(areOf(userId), eq(oidcRecords.id, id)));
    if (!grant) throw new ServonautError('not_found', { message: 'There is no such connected agent.' });
    await this.records.endGrant(id, 'all');
  }

  async revokeAll(userId: string): Promise<void> {
    const ended = await this.database.transaction(async (transaction) => {
      await oneAtATime(transaction);
      return endGrantsOf(userId, transaction, 'all');
    });
    this.#announce(ended);
  }

  async endAllWith(change: (transaction: Database) => Promise<User>): Promise<User> {
    const { user, ended } = await this.database.transaction(async (transaction) => {
      await oneAtATime(transaction);
      const changed = await change(transaction);
      const theirs = await endGrantsOf(changed.id, transaction, 'all');
      const made = changed.role === 'admin' ? [] : await takeBackMadeBy(changed.id, transaction);
      return { user: changed, ended: [...theirs, ...made] };
    });
    this.#announce(ended);
    return user;
  }

  #announce(ended: readonly Revocation[]): void {
    for (const revocation of ended) this.revocations.announce(revocation);
  }

  /** By grant: what came of it last, such as a refresh token. */
  async #lastUses(ids: readonly string[]): Promise<ReadonlyMap<string | null, Date | null>> {
    const rows = await this.database
      .select({ id: oidcRecords.grantId, at: max(oidcRecords.createdAt) })
      .from(oidcRecords)
      .where(inArray(oidcRecords.grantId, [...ids]))
      .groupBy(oidcRecords.grantId);
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  async #facts(row: GrantRow, lastUse: Date | null | undefined): Promise<GrantFacts | undefined> {
    const payload = this.records.open(row);
    if (!payload) return undefined;
    const { resources } = grantSchema.parse(payload);
    const [resource = ''] = Object.keys(resources);
    return {
      id: row.id,
      client: await this.#client(row.clientId ?? ''),
      audience: audienceOfResource(resource, this.config.publicUrl) ?? 'api',
      scopes: scopesOf(resources),
      createdAt: row.createdAt,
      lastUsedAt: lastUse ?? row.createdAt,
      expiresAt: row.expiresAt,
    };
  }

  async #client(id: string): Promise<GrantFacts['client']> {
    const origin = clientOrigin(id);
    const metadata = origin === 'registered' ? await this.records.find('Client', id) : undefined;
    const saysItIs = metadata?.['client_name'];
    return { id, origin, name: clientName(id, typeof saysItIs === 'string' ? saysItIs : undefined) };
  }
}

/** `openid` and its like give nobody anything here. */
function scopesOf(resources: Readonly<Record<string, string>>): RequestedScope[] {
  const given = Object.values(resources).flatMap((scope) => scope.split(' '));
  return given.filter((scope): scope is RequestedScope => requestedScopeSchema.safeParse(scope).success);
}

function areOf(userId: string) {
  return and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.accountId, Number(userId)));
}
