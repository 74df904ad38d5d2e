import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, asc, count, eq, gt, inArray, isNull, ne, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { delegations, teamMembers, teams } from '../../../platform/database/schema.ts';
import { Revocations, type Principal } from '../../auth/index.ts';
import { DelegationAudit } from './delegation-audit.ts';
import { allToTeam } from './team-delegations.ts';

/** Users to whom somebody can delegate servers by one name. */
export interface Team {
  readonly id: string;
  readonly name: string;
  /** How many. */
  readonly members: number;
  readonly version: number;
  readonly createdAt: Date;
}

/** Makes, renames and dissolves teams; `TeamMembers` fills them. */
@Injectable()
export class TeamService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
    private readonly audit: DelegationAudit,
  ) {}

  /** @throws ServonautError `conflict` when the name is taken */
  async make(name: string): Promise<Team> {
    const [made] = await this.database.insert(teams).values({ id: uuidv7(), name }).onConflictDoNothing().returning();
    if (!made) throw taken(name);
    return { ...made, members: 0 };
  }

  /** Oldest first. @param after id of the last one of the page before */
  page({ after, limit }: { after?: string | undefined; limit: number }): Promise<Team[]> {
    return this.#select()
      .where(and(isNull(teams.dissolvedAt), after === undefined ? undefined : gt(teams.id, after)))
      .orderBy(asc(teams.id))
      .limit(limit);
  }

  /** @throws ServonautError `not_found` */
  async get(id: string): Promise<Team> {
    const [team] = await this.#select().where(and(eq(teams.id, id), isNull(teams.dissolvedAt)));
    if (!team) throw noTeam();
    return team;
  }

  /** @throws ServonautError `not_found`, `version_mismatch`, `conflict` when the name is taken */
  async rename(id: string, name: string, version?: number): Promise<Team> {
    await this.database.transaction(async (transaction) => {
      // No other team comes by the name meanwhile.
      await transaction.execute(sql`lock table ${teams} in share row exclusive mode`);
      await holdVersion(id, version, transaction);
      const others = await transaction
        .select({ id: teams.id })
        .from(teams)
        .where(and(eq(teams.name, name), ne(teams.id, id), isNull(teams.dissolvedAt)));
      if (others.length > 0) throw taken(name);
      await transaction
        .update(teams)
        .set({ name, version: sql`${teams.version} + 1` })
        .where(eq(teams.id, id));
    });
    return this.get(id);
  }

  /** With all that was delegated to it, and what runs by that. @throws ServonautError `not_found`, `version_mismatch` */
  async dissolve(id: string, by: Principal, version?: number): Promise<Team> {
    const team = await this.get(id);
    const ended = await this.database.transaction(async (transaction) => {
      await holdVersion(id, version, transaction);
      const now = new Date();
      const active = await allToTeam(id, transaction);
      const ids = active.map((delegation) => delegation.id);
      // Another may have ended some of them since they were read.
      const done = await transaction
        .update(delegations)
        .set({ endedAt: now, version: sql`${delegations.version} + 1` })
        .where(and(inArray(delegations.id, ids), isNull(delegations.endedAt)))
        .returning({ id: delegations.id });
      await transaction.update(teams).set({ dissolvedAt: now }).where(eq(teams.id, id));
      return active.filter((delegation) => done.some((one) => one.id === delegation.id));
    });
    for (const delegation of ended) {
      this.revocations.announce({ userId: delegation.grantor.id, credentialId: delegation.id });
      this.audit.note('delegation.ended', delegation, by);
    }
    return team;
  }

  #select() {
    const { id, name, version, createdAt } = teams;
    return this.database
      .select({ id, name, version, createdAt, members: count(teamMembers.userId) })
      .from(teams)
      .leftJoin(teamMembers, and(eq(teamMembers.teamId, teams.id), isNull(teamMembers.removedAt)))
      .groupBy(teams.id)
      .$dynamic();
  }
}

/**
 * The team stays as it is until the transaction ends, but for what that does.
 * @throws ServonautError `not_found`, `version_mismatch`
 */
export async function holdVersion(id: string, version: number | undefined, transaction: Database): Promise<void> {
  const [team] = await transaction
    .select({ version: teams.version })
    .from(teams)
    .where(and(eq(teams.id, id), isNull(teams.dissolvedAt)))
    .for('update');
  if (!team) throw noTeam();
  if (team.version !== (version ?? team.version)) throw new ServonautError('version_mismatch');
}

function noTeam(): ServonautError {
  return new ServonautError('not_found', { message: 'There is no such team.' });
}

function taken(name: string): ServonautError {
  return new ServonautError('conflict', { message: `There already is a team named "${name}".` });
}
