import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, eq, isNull } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { teams, users } from '../../../platform/database/schema.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';

/** To whom a delegation is given, by the name that the grantor knows them by. */
export type GranteeName = { readonly user: string } | { readonly team: string };

/** The same as columns. */
export type Grantee = { readonly granteeUserId: number } | { readonly granteeTeamId: string };

/**
 * Finds out who is meant. Users have no list of each other: who asks for names that nobody has is soon told to wait, so that none can be made by trying
 * them out.
 */
@Injectable()
export class Grantees {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly limits: RateLimits,
  ) {}

  /** @throws ServonautError `not_found`, `invalid_request` for the grantor, `too_many_requests` after too many names that nobody has */
  async find(name: GranteeName, grantorId: string): Promise<Grantee> {
    await this.limits.take('delegation_grantee', grantorId);
    const found = 'user' in name ? await this.#user(name.user) : await this.#team(name.team);
    if (!found) throw new ServonautError('not_found', { message: 'There is no such user or team.' });
    await this.limits.giveBack('delegation_grantee', grantorId);
    if ('granteeUserId' in found && String(found.granteeUserId) === grantorId)
      throw new ServonautError('invalid_request', { message: 'to: expected somebody else' });
    return found;
  }

  async #user(name: string): Promise<Grantee | undefined> {
    const [user] = await this.database
      .select({ granteeUserId: users.id })
      .from(users)
      .where(and(eq(users.name, name), isNull(users.disabledAt)));
    return user;
  }

  async #team(name: string): Promise<Grantee | undefined> {
    const [team] = await this.database
      .select({ granteeTeamId: teams.id })
      .from(teams)
      .where(and(eq(teams.name, name), isNull(teams.dissolvedAt)));
    return team;
  }
}
