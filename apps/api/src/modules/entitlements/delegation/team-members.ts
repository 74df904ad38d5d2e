import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, asc, count, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { teamMembers, teams, users } from '../../../platform/database/schema.ts';
import { Revocations } from '../../auth/index.ts';
import { allToTeam } from './team-delegations.ts';
import { holdVersion } from './team-service.ts';

export interface TeamMember {
  readonly userId: string;
  readonly name: string;
  readonly addedAt: Date;
}

/** Who is in which team. What is delegated to a team each of them can use, for as long as they are in it. */
@Injectable()
export class TeamMembers {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'delegation'>,
    private readonly revocations: Revocations,
  ) {}

  /** By ascending id. @param after id of the last one of the page before */
  async page(teamId: string, { after = '0', limit }: { after?: string | undefined; limit: number }) {
    const rows = await this.database
      .select({ userId: users.id, name: users.name, addedAt: teamMembers.createdAt })
      .from(teamMembers)
      .innerJoin(users, eq(users.id, teamMembers.userId))
      .where(and(eq(teamMembers.teamId, teamId), isNull(teamMembers.removedAt), gt(teamMembers.userId, Number(after))))
      .orderBy(asc(teamMembers.userId))
      .limit(limit);
    return rows.map((row): TeamMember => ({ ...row, userId: String(row.userId) }));
  }

  /** Adding somebody again changes nothing. @throws ServonautError `not_found`, `version_mismatch`, `conflict` when the team is full */
  async add(teamId: string, userId: string, version?: number): Promise<void> {
    const row = { teamId, userId: Number(userId) };
    await this.database.transaction(async (transaction) => {
      await holdVersion(teamId, version, transaction);
      await findUser(userId, transaction);
      const added = await transaction
        .insert(teamMembers)
        .values(row)
        .onConflictDoUpdate({
          target: [teamMembers.teamId, teamMembers.userId],
          set: { createdAt: new Date(), removedAt: null },
          setWhere: isNotNull(teamMembers.removedAt),
        })
        .returning();
      if (added.length === 0) return;
      await this.#checkRoom(teamId, transaction);
      await countChange(teamId, transaction);
    });
    this.revocations.announceChange();
  }

  /**
   * At once, with all that runs for them by what was delegated to the team. Removing somebody who is not in it changes nothing.
   * @throws ServonautError `not_found` for no such team, `version_mismatch`
   */
  async remove(teamId: string, userId: string, version?: number): Promise<void> {
    const delegated = await this.database.transaction(async (transaction) => {
      await holdVersion(teamId, version, transaction);
      const removed = await transaction
        .update(teamMembers)
        .set({ removedAt: new Date() })
        .where(
          and(eq(teamMembers.teamId, teamId), eq(teamMembers.userId, Number(userId)), isNull(teamMembers.removedAt)),
        )
        .returning();
      if (removed.length > 0) await countChange(teamId, transaction);
      return allToTeam(teamId, transaction);
    });
    this.revocations.announceChange();
    for (const { id, grantor } of delegated)
      this.revocations.announce({ userId: grantor.id, credentialId: id, callerId: userId });
  }

  async #checkRoom(teamId: string, transaction: Database): Promise<void> {
    const limit = this.config.delegation.teamMembers;
    const [team] = await transaction
      .select({ members: count() })
      .from(teamMembers)
      .where(and(eq(teamMembers.teamId, teamId), isNull(teamMembers.removedAt)));
    if ((team?.members ?? 0) <= limit) return;
    throw new ServonautError('conflict', { message: `A team has ${limit} members at most.`, facts: { limit } });
  }
}

async function findUser(id: string, transaction: Database): Promise<void> {
  const found = await transaction
    .select({ id: users.id })
    .from(users)
    .where(eq(users.id, Number(id)));
  if (found.length === 0) throw new ServonautError('not_found', { message: 'There is no such user.' });
}

async function countChange(id: string, transaction: Database): Promise<void> {
  await transaction
    .update(teams)
    .set({ version: sql`${teams.version} + 1` })
    .where(eq(teams.id, id));
}
