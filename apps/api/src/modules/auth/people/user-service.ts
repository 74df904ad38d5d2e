import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, asc, eq, gt, isNull, or } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { invitations, users } from '../../../platform/database/schema.ts';
import { holdActingAdmin, oneAtATime } from '../acting-admin.ts';
import { endGrantsOf } from '../ended-grants.ts';
import { takeBackMadeBy } from '../made-by.ts';
import type { Principal } from '../principal.ts';
import { Revocations, type Revocation } from '../revocations.ts';
import { refuseLastAdmin } from './last-admin.ts';
import { endSessionsOf } from './live-sessions.ts';

/** An admin may give clients the scope `admin`, and invite. */
export type Role = 'member' | 'admin';

export interface User {
  readonly id: string;
  readonly name: string;
  /** As they wrote it; compared without regard to case. Null: cannot sign in. */
  readonly email: string | null;
  readonly role: Role;
  readonly createdAt: Date;
  /** A disabled user's tokens are refused. */
  readonly disabledAt: Date | null;
}

/** What an admin changes of a user. */
export interface UserChange {
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
}

/** Users, whose executors run what their tokens ask for. They are never deleted: records of what was run name them. */
@Injectable()
export class UserService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /** @throws ServonautError `conflict` when the name is taken. */
  async create(name: string): Promise<User> {
    const user = await this.createUnlessTaken(name, 'member');
    if (!user) throw new ServonautError('conflict', { message: `There already is a user named "${name}".` });
    return user;
  }

  /** As part of a transaction, when one is given. */
  async createUnlessTaken(name: string, role: Role, database = this.database): Promise<User | undefined> {
    const [row] = await database.insert(users).values({ name, role }).onConflictDoNothing().returning();
    return row && toUser(row);
  }

  /** By ascending id, from after `after`. */
  async list({ after, limit }: { after: string; limit: number }): Promise<User[]> {
    const rows = await this.database
      .select()
      .from(users)
      .where(gt(users.id, Number(after)))
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
   * back the tokens that admins have made for them.
   * @param by the admin, who is held to be one; null for nobody who asks from outside
   * @throws ServonautError `not_found`, `conflict` for the last admin, or as `holdActingAdmin`
   */
  async change(id: string, { role, disabled }: UserChange, by: Principal | null): Promise<User> {
    const { user, ended } = await this.database.transaction(async (transaction) => {
      await (by ? holdActingAdmin(by, transaction) : oneAtATime(transaction));
      if (role !== undefined || disabled) await withdrawInvitations(id, transaction);
      if (role === 'member' || disabled) await refuseLastAdmin(id, transaction);
      const changed = await set(id, columnsOf({ role, disabled }), transaction);
      const acts = changed.role === 'admin' && changed.disabledAt === null;
      const made = acts ? [] : await takeBackMadeBy(id, transaction);
      return { user: changed, ended: disabled ? [...made, ...(await signOut(id, transaction))] : made };
    });
    const theirs = disabled ? [{ userId: user.id }] : [];
    for (const revocation of [...theirs, ...ended]) this.revocations.announce(revocation);
    this.revocations.announceChange();
    return user;
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
  return endGrantsOf(id, transaction);
}

function columnsOf({ role, disabled }: UserChange): { role?: Role; disabledAt?: Date | null } {
  return {
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabledAt: disabled ? new Date() : null }),
  };
}

async function set(id: string, values: { role?: Role; disabledAt?: Date | null }, transaction: Database) {
  const [row] = await transaction
    .update(users)
    .set(values)
    .where(eq(users.id, Number(id)))
    .returning();
  return toUser(found(row));
}

/** Field by field: the row also has what nobody is to see. */
export function toUser({ id, name, email, role, createdAt, disabledAt }: typeof users.$inferSelect): User {
  return { id: String(id), name, email, role, createdAt, disabledAt };
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such user.' });
  return row;
}
