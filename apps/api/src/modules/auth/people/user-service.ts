import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { asc, eq, gt } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { users } from '../../../platform/database/schema.ts';
import { Revocations } from '../revocations.ts';

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

  /** Disabling refuses all of the user's tokens at once; enabling takes them back. @throws ServonautError `not_found`. */
  async setDisabled(id: string, disabled: boolean): Promise<User> {
    const disabledAt = disabled ? new Date() : null;
    const [row] = await this.database
      .update(users)
      .set({ disabledAt })
      .where(eq(users.id, Number(id)))
      .returning();
    const user = toUser(found(row));
    if (disabled) this.revocations.announce({ userId: user.id });
    return user;
  }

  /** Tokens that were given as an admin lose their use with the next look at the database. @throws ServonautError `not_found`. */
  async setRole(id: string, role: Role): Promise<User> {
    const [row] = await this.database
      .update(users)
      .set({ role })
      .where(eq(users.id, Number(id)))
      .returning();
    return toUser(found(row));
  }

  /** Whether there is no user yet. */
  async none(): Promise<boolean> {
    return (await this.database.select({ id: users.id }).from(users).limit(1)).length === 0;
  }
}

/** Field by field: the row also has what nobody is to see. */
export function toUser({ id, name, email, role, createdAt, disabledAt }: typeof users.$inferSelect): User {
  return { id: String(id), name, email, role, createdAt, disabledAt };
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such user.' });
  return row;
}
