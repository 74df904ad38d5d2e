import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, type EntitlementRules } from '@servonaut/contracts';
import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { invitations, plans, users } from '../../../platform/database/schema.ts';
import { holdActingAdmin, oneAtATime } from '../acting-admin.ts';
import { endGrantsOf } from '../ended-grants.ts';
import { levelsOf } from '../levels.ts';
import { takeBackMadeBy } from '../made-by.ts';
import { holdPlan } from '../plans/held-plan.ts';
import type { EntitlementLevel, Principal } from '../principal.ts';
import { Revocations, type Revocation } from '../revocations.ts';
import type { Role } from '../role-scopes.ts';
import { refuseLastAdmin } from './last-admin.ts';
import { endSessionsOf } from './live-sessions.ts';

export type { Role } from '../role-scopes.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  /** As they wrote it; compared without regard to case. Null: cannot sign in. */
  readonly email: string | null;
  readonly role: Role;
  readonly createdAt: Date;
  /** A disabled user's tokens are refused. */
  readonly disabledAt: Date | null;
  /** Null: no plan limits them. */
  readonly plan: string | null;
  /** What an admin has set for them in place of the plan's rules for the same tools. */
  readonly rules: EntitlementRules | null;
  /** Counts the changes. */
  readonly version: number;
}

/** What an admin changes of a user. Null takes a plan, or the rules, away. */
export interface UserChange {
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly plan?: string | null | undefined;
  readonly rules?: EntitlementRules | null | undefined;
}

/** Which users; what is not named may be anything. */
export interface UserQuery {
  readonly after: string;
  readonly limit: number;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly plan?: string | undefined;
}

/** Users, whose executors run what their tokens ask for. They are never deleted: records of what was run name them. */
@Injectable()
export class UserService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /**
   * A member.
   * @param plan null for none
   * @throws ServonautError `conflict` when the name is taken, `invalid_request` when there is no such plan
   */
  async create(name: string, plan: string | null = null): Promise<User> {
    const user = await this.database.transaction(async (transaction) => {
      await holdPlan(plan, transaction);
      return insert({ name, planId: plan }, transaction);
    });
    if (!user) throw new ServonautError('conflict', { message: `There already is a user named "${name}".` });
    return user;
  }

  /** Without a plan. As part of a transaction, when one is given. */
  createUnlessTaken(name: string, role: Role, database = this.database): Promise<User | undefined> {
    return insert({ name, role }, database);
  }

  /** By ascending id, from after `after`. */
  async list({ after, limit, ...wanted }: UserQuery): Promise<User[]> {
    const rows = await this.database
      .select()
      .from(users)
      .where(and(gt(users.id, Number(after)), ...filtersOf(wanted)))
      .orderBy(asc(users.id))
      .limit(limit);
    return rows.map(toUser);
  }

  /** @throws ServonautError `not_found`. */
  async get(id: string): Promise<User> {
    const [row] = await this.database
      .select()
      .from(users)
      .where(eq(users.id, Number(id)));
    return toUser(found(row));
  }

  /**
   * At once, in all processes. The invitations for the user and by them are withdrawn, and of whoever is no admin any more, or disabled, also the keys
   * for admins that they have made. Disabling refuses all of the user's tokens, and ends their sessions and what they have let clients do; enabling takes
   * back the tokens that admins have made for them. Another plan or other rules hold from the next call on.
   * @param by the admin, who is held to be one; null for nobody who asks from outside
   * @param version the one to change; undefined for whichever they have
   * @throws ServonautError `not_found`, `version_mismatch`, `conflict` for the last admin, `invalid_request` when there is no such plan, or as
   * `holdActingAdmin`
   */
  async change(id: string, wanted: UserChange, by: Principal | null, version?: number): Promise<User> {
    const { role, disabled } = wanted;
    const { user, ended } = await this.database.transaction(async (transaction) => {
      await (by ? holdActingAdmin(by, transaction) : oneAtATime(transaction));
      if (role !== undefined || disabled) await withdrawInvitations(id, transaction);
      if (role === 'member' || disabled) await refuseLastAdmin(id, transaction);
      const changed = await set({ id, version }, wanted, transaction);
      const acts = changed.role === 'admin' && changed.disabledAt === null;
      const made = acts ? [] : await takeBackMadeBy(id, transaction);
      return { user: changed, ended: disabled ? [...made, ...(await signOut(id, transaction))] : made };
    });
    const theirs = disabled ? [{ userId: user.id }] : [];
    for (const revocation of [...theirs, ...ended]) this.revocations.announce(revocation);
    this.revocations.announceChange();
    return user;
  }

  /** What limits their calls. @throws ServonautError `not_found` */
  async levels(id: string): Promise<readonly EntitlementLevel[]> {
    const [row] = await this.database
      .select({
        user: { id: users.id, name: users.name, rules: users.rules },
        plan: { id: plans.id, rules: plans.rules },
      })
      .from(users)
      .leftJoin(plans, eq(plans.id, users.planId))
      .where(eq(users.id, Number(id)));
    const { user, plan } = found(row);
    return levelsOf(user, plan);
  }

  setDisabled(id: string, disabled: boolean): Promise<User> {
    return this.change(id, { disabled }, null);
  }

  setRole(id: string, role: Role): Promise<User> {
    return this.change(id, { role }, null);
  }

  /** Whether there is no user yet. */
  async none(): Promise<boolean> {
    return (await this.database.select({ id: users.id }).from(users).limit(1)).length === 0;
  }
}

function filtersOf({ role, disabled, plan }: Omit<UserQuery, 'after' | 'limit'>) {
  return [
    role === undefined ? undefined : eq(users.role, role),
    disabled === undefined ? undefined : disabled ? isNotNull(users.disabledAt) : isNull(users.disabledAt),
    plan === undefined ? undefined : eq(users.planId, plan),
  ];
}

/** What was offered before would undo the change. First, as who accepts one takes the rows in this order, too. */
async function withdrawInvitations(userId: string, transaction: Database): Promise<void> {
  const id = Number(userId);
  await transaction
    .delete(invitations)
    .where(and(isNull(invitations.usedAt), or(eq(invitations.userId, id), eq(invitations.invitedBy, id))));
}

/** Whoever signs in again after being enabled begins with nothing: what was open before may have been the reason. */
async function signOut(id: string, transaction: Database): Promise<Revocation[]> {
  await endSessionsOf(id, transaction);
  return endGrantsOf(id, transaction, 'power');
}

async function insert(values: typeof users.$inferInsert, database: Database): Promise<User | undefined> {
  const [row] = await database.insert(users).values(values).onConflictDoNothing().returning();
  return row && toUser(row);
}

function columnsOf({ role, disabled, plan, rules }: UserChange) {
  return {
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabledAt: disabled ? new Date() : null }),
    ...(plan !== undefined && { planId: plan }),
    ...(rules !== undefined && { rules }),
    version: NEXT_VERSION,
  };
}

/** For all that changes what an admin sees of a user. */
export const NEXT_VERSION = sql`${users.version} + 1`;

async function set(
  { id, version }: { readonly id: string; readonly version: number | undefined },
  wanted: UserChange,
  transaction: Database,
): Promise<User> {
  const is = eq(users.id, Number(id));
  const [held] = await transaction.select({ version: users.version }).from(users).where(is).for('no key update');
  if (found(held).version !== (version ?? held?.version)) throw new ServonautError('version_mismatch');
  await holdPlan(wanted.plan ?? null, transaction);
  const [row] = await transaction.update(users).set(columnsOf(wanted)).where(is).returning();
  return toUser(found(row));
}

/** Field by field: the row also has what nobody is to see. */
export function toUser(row: typeof users.$inferSelect): User {
  const { id, name, email, role, createdAt, disabledAt, planId, rules, version } = row;
  return { id: String(id), name, email, role, createdAt, disabledAt, plan: planId, rules, version };
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such user.' });
  return row;
}
