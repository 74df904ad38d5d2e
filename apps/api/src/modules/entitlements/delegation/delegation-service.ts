import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, userNameSchema } from '@servonaut/contracts';
import { and, count, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { delegations, teams } from '../../../platform/database/schema.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { holdActing, Revocations, type Principal } from '../../auth/index.ts';
import { isInState, stateOf, type Delegation, type DelegationTerms } from './delegation.ts';
import { concernedBy, DelegationAudit } from './delegation-audit.ts';
import { DelegationQuery } from './delegation-query.ts';
import { bounded, columnsOf, type Columns } from './delegation-terms.ts';
import { Grantees, type Grantee, type GranteeName } from './grantees.ts';

export interface NewDelegation extends DelegationTerms {
  readonly to: GranteeName;
}

/** Which delegation, and which version of it whoever writes has seen. */
export interface DelegationWrite {
  readonly id: string;
  /** Whose it has to be; absent: anybody's. */
  readonly grantorId?: string | undefined;
  /** Absent: any. */
  readonly version?: number | undefined;
}

/**
 * Makes, changes and ends delegations. A change holds for the next call; an end also ends what is running. What is answered is read before it is
 * committed: after that, nothing may fail before everybody is told.
 */
@Injectable()
export class DelegationService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'delegation'>,
    private readonly query: DelegationQuery,
    private readonly grantees: Grantees,
    private readonly revocations: Revocations,
    private readonly audit: DelegationAudit,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @param by the grantor
   * @throws ServonautError `not_found` for no such user or team, `too_many_requests` after too many of those or of all, `invalid_request` for the grantor,
   * `conflict` when there are as many as there may be, `not_entitled` for an API key, `token_revoked`,
   * `audit_unavailable`
   */
  async make(by: Principal, { to, ...terms }: NewDelegation): Promise<Delegation> {
    refuseKeys(by);
    if (!userNameSchema.safeParse(by.userName).success) throw notWritable(by.userName);
    await this.limits.take('delegation_writes', by.userId);
    const grantee = await this.grantees.find(to, by.userId);
    this.audit.checkRoom(by.userId, ...('granteeUserId' in grantee ? [String(grantee.granteeUserId)] : []));
    const row = { id: uuidv7(), grantorId: Number(by.userId), ...grantee, ...columnsOf(bounded(terms)) };
    const made = await this.database.transaction(async (transaction) => {
      await holdActing(by, transaction);
      await this.#checkLimit(by.userId, transaction);
      await holdTeam(grantee, transaction);
      await transaction.insert(delegations).values(row);
      return this.query.get(row.id, {}, transaction);
    });
    this.revocations.announceChange();
    this.audit.note('delegation.made', made, by);
    return made;
  }

  /**
   * What is so already changes nothing, and is not recorded.
   * @throws ServonautError `not_found`, `version_mismatch`, `conflict` once it is over, `not_entitled` for an API key, `token_revoked`, `too_many_requests`,
   * `audit_unavailable`
   */
  async change(write: DelegationWrite, change: Partial<DelegationTerms>, by: Principal): Promise<Delegation> {
    refuseKeys(by);
    await this.limits.take('delegation_writes', by.userId);
    const wanted = bounded(change);
    const { before, after } = await this.database.transaction(async (transaction) => {
      await holdActing(by, transaction);
      const seen = await this.query.get(write.id, write, transaction);
      this.audit.checkRoom(...concernedBy(seen));
      if (isSoAlready(seen, write, wanted)) return { before: seen, after: seen };
      const isDone = await this.#set(write, columnsOf(wanted), isInState('active', new Date()), transaction);
      const found = await this.query.get(write.id, write, transaction);
      if (isDone) return { before: seen, after: found };
      const { version } = found;
      throw new ServonautError(version === (write.version ?? version) ? 'conflict' : 'version_mismatch', OVER);
    });
    if (after === before) return after;
    this.revocations.announceChange();
    this.audit.note('delegation.changed', after, by);
    return after;
  }

  /**
   * For good, and at once, with all that runs by it. Ending it again changes nothing.
   * @throws ServonautError `not_found`, `version_mismatch`, `not_entitled` for an API key that is no admin's
   */
  async end(write: DelegationWrite, by: Principal): Promise<Delegation> {
    if (write.grantorId !== undefined) refuseKeys(by);
    await this.query.get(write.id, write);
    const { isDone, ended } = await this.database.transaction(async (transaction) => ({
      isDone: await this.#set(write, { endedAt: new Date() }, isNull(delegations.endedAt), transaction),
      ended: await this.query.get(write.id, {}, transaction),
    }));
    if (!isDone && ended.version !== (write.version ?? ended.version)) throw new ServonautError('version_mismatch');
    this.revocations.announce({ userId: ended.grantor.id, credentialId: ended.id });
    if (isDone) this.audit.note('delegation.ended', ended, by);
    return ended;
  }

  /**
   * As `end`, by the user to whom it was given by name.
   * @throws ServonautError `not_found` for what was not given to them, `not_entitled` for what was given to a team, and for an API key
   */
  async decline(id: string, by: Principal): Promise<Delegation> {
    refuseKeys(by);
    const { grantee } = await this.query.get(id, { usedBy: by.userId });
    if (grantee.kind === 'team') throw notTheirs(grantee.name);
    return this.end({ id }, by);
  }

  /** In one statement, so that of two who write at once one is told. @returns whether it was done */
  async #set(
    { id, grantorId, version }: DelegationWrite,
    values: Columns,
    onlyIf: SQL | undefined,
    database: Database,
  ): Promise<boolean> {
    const which = [
      grantorId === undefined ? undefined : eq(delegations.grantorId, Number(grantorId)),
      version === undefined ? undefined : eq(delegations.version, version),
    ];
    const changed = await database
      .update(delegations)
      .set({ ...values, version: sql`${delegations.version} + 1` })
      .where(and(eq(delegations.id, id), ...which, onlyIf))
      .returning({ id: delegations.id });
    return changed.length > 0;
  }

  /** Exact: the user is held, so that whoever makes several at once makes them one after the other. */
  async #checkLimit(grantorId: string, transaction: Database): Promise<void> {
    const id = Number(grantorId);
    const [given] = await transaction
      .select({ active: count() })
      .from(delegations)
      .where(and(eq(delegations.grantorId, id), isInState('active', new Date())));
    const limit = this.config.delegation.perUser;
    if ((given?.active ?? 0) < limit) return;
    throw new ServonautError('conflict', {
      message: `There are ${limit} delegations in force already, as many as one user may give.`,
      nextStep: 'End one that is not needed, or give servers to a team at once.',
      facts: { limit },
    });
  }
}

/** The version that was seen, in force, and with nothing to change. */
function isSoAlready(now: Delegation, { version = now.version }: DelegationWrite, wanted: Partial<DelegationTerms>) {
  const isWritable = now.version === version && stateOf(now, new Date()) === 'active';
  return isWritable && isDeepStrictEqual({ ...now, ...wanted }, now);
}

const OVER = { message: 'The delegation is not as it was read, or has ended.', nextStep: 'Read it again.' };

/** Their servers could not be named. */
function notWritable(name: string): ServonautError {
  return new ServonautError('conflict', {
    message: `Servers of "${name}" cannot be named by others: the name has characters that no address of a server has.`,
    nextStep: 'Ask an admin of this coordinator for a user with a name of letters, digits or "_.@-".',
  });
}

function notTheirs(team: string): ServonautError {
  return new ServonautError('not_entitled', {
    message: `It was given to the team "${team}", and not to you alone.`,
    nextStep: 'Ask whoever gave it to end it, or an admin of this coordinator to take you out of the team.',
  });
}

/** It stays until the delegation is there. @throws ServonautError `not_found` when it has just gone */
async function holdTeam(grantee: Grantee, transaction: Database): Promise<void> {
  if (!('granteeTeamId' in grantee)) return;
  const found = await transaction
    .select({ id: teams.id })
    .from(teams)
    .where(and(eq(teams.id, grantee.granteeTeamId), isNull(teams.dissolvedAt)))
    .for('key share');
  if (found.length === 0) throw new ServonautError('not_found', { message: 'There is no such user or team.' });
}

/**
 * A key is limited, ends and is taken back with what made it; a delegation would be none of that. So only who has signed in gives servers away.
 * @throws ServonautError `not_entitled`
 */
function refuseKeys({ kind, label }: Principal): void {
  if (kind === 'user') return;
  throw new ServonautError('not_entitled', {
    message: `"${label}" is an API key, and can let nobody use servers, nor take them back.`,
    nextStep: 'Run "servonaut login --credentials", and do it as yourself.',
  });
}
