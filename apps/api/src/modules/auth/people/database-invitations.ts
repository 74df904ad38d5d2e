import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, desc, eq, gt, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { invitations, passkeys, upstreamIdentities, users } from '../../../platform/database/schema.ts';
import { holdActingAdmin, oneAtATime } from '../acting-admin.ts';
import { DefaultPlan } from '../plans/default-plan.ts';
import type { Principal } from '../principal.ts';
import { Invitations, type Invitation } from './invitations.ts';
import { refuseLastAdmin } from './last-admin.ts';
import { newSecret, secretId } from './link-secret.ts';
import { weaknessOf } from './password-rules.ts';
import { Passwords } from './passwords.ts';
import { SignInRecords } from './sign-in-records.ts';
import { UserGrants } from './user-grants.ts';
import { NEXT_VERSION, toUser, type Role, type User } from './user-service.ts';
import { WebSessions } from './web-sessions.ts';

const HOUR_MS = 3_600_000;
const GONE: ReadonlySet<string> = new Set(['not_found', 'conflict']);

type Row = typeof invitations.$inferSelect;
type Wanted = { readonly email: string; readonly role: Role; readonly userId?: string };

/** Invitations as rows, of which the link is the only copy of the secret. */
@Injectable()
export class DatabaseInvitations extends Invitations {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'people'>,
    @Inject(DATABASE) private readonly database: Database,
    private readonly passwords: Passwords,
    private readonly records: SignInRecords,
    private readonly sessions: WebSessions,
    private readonly grants: UserGrants,
    private readonly defaultPlan: DefaultPlan,
  ) {
    super();
  }

  /** Forgets what has expired in passing, which is as often as new ones come. */
  async invite(wanted: Wanted, by: Principal | null, database = this.database) {
    const secret = newSecret();
    const invited = await database.transaction((transaction) =>
      this.#insert(wanted, by, secretId(secret), transaction),
    );
    return { invitation: toInvitation(invited), url: `${this.config.publicUrl}/invitation/${secret}` };
  }

  async #insert(wanted: Wanted, by: Principal | null, id: string, transaction: Database): Promise<Row> {
    await (by ? holdActingAdmin(by, transaction) : oneAtATime(transaction));
    await refuseTaken(wanted, transaction);
    await transaction
      .delete(invitations)
      .where(and(isNull(invitations.usedAt), or(ofSame(wanted), lt(invitations.expiresAt, new Date()))));
    const expiresAt = new Date(Date.now() + this.config.people.invitationHours * HOUR_MS);
    const row = { id, email: wanted.email, role: wanted.role, expiresAt };
    const [invited] = await transaction
      .insert(invitations)
      .values({ ...row, invitedBy: number(by?.userId), invitedWith: by?.id ?? null, userId: number(wanted.userId) })
      .returning();
    return found(invited);
  }

  async list(): Promise<Invitation[]> {
    const rows = await this.database.select().from(invitations).where(usable()).orderBy(desc(invitations.createdAt));
    return rows.map(toInvitation);
  }

  async of(secret: string): Promise<Invitation> {
    return toInvitation(await this.#row(secret));
  }

  async accept(secret: string, password: string): Promise<User> {
    const row = await this.#row(secret);
    const weakness = weaknessOf(password, [row.email]);
    if (weakness !== undefined) throw new ServonautError('invalid_request', { message: weakness });
    return this.#take(row.id, await this.passwords.hash(password));
  }

  async acceptVerified(email: string): Promise<User | undefined> {
    const [row] = await this.database
      .select()
      .from(invitations)
      .where(and(sameEmail(invitations.email, email), usable()));
    if (!row) return undefined;
    return this.#take(row.id, null).catch((error: unknown) => {
      // Somebody else was first, with the invitation or with the name.
      if (error instanceof ServonautError && GONE.has(error.code)) return undefined;
      throw error;
    });
  }

  async #take(id: string, passwordHash: string | null): Promise<User> {
    // What clients were let do by whoever could sign in before ends, too; somebody new has let none.
    return this.grants.endAllWith(async (transaction) => {
      const used = await use(id, transaction);
      await refuseTaken(wantedBy(used), transaction);
      const theirs =
        used.userId === null
          ? await make({ ...used, passwordHash, planId: await this.defaultPlan.id(transaction) }, transaction)
          : await this.#renew(used, passwordHash, transaction);
      await transaction
        .update(invitations)
        .set({ userId: Number(theirs.id) })
        .where(eq(invitations.id, used.id));
      await withdrawAllOf(theirs.id, transaction);
      return theirs;
    });
  }

  async withdraw(id: string): Promise<void> {
    const gone = await this.database
      .delete(invitations)
      .where(and(eq(invitations.id, id), isNull(invitations.usedAt)))
      .returning({ id: invitations.id });
    found(gone[0]);
  }

  async #row(secret: string): Promise<Row> {
    const [row] = await this.database
      .select()
      .from(invitations)
      .where(and(eq(invitations.id, secretId(secret)), usable()));
    return found(row);
  }

  async #renew({ userId, email, role }: Row, passwordHash: string | null, transaction: Database): Promise<User> {
    if (role !== 'admin') await refuseLastAdmin(String(userId), transaction);
    const [row] = await transaction
      .update(users)
      .set({ email, role, passwordHash, version: NEXT_VERSION })
      .where(eq(users.id, Number(userId)))
      .returning();
    await transaction.delete(upstreamIdentities).where(eq(upstreamIdentities.userId, Number(userId)));
    await this.records.removeTotp(String(userId), transaction);
    await transaction.delete(passkeys).where(eq(passkeys.userId, Number(userId)));
    await this.sessions.endAll(String(userId), undefined, transaction);
    return toUser(found(row));
  }
}

function ofSame({ email, userId }: Wanted) {
  const address = sameEmail(invitations.email, email);
  return userId === undefined ? address : or(address, eq(invitations.userId, Number(userId)));
}

/** Another one would undo what this one has set. */
async function withdrawAllOf(userId: string, transaction: Database): Promise<void> {
  await transaction.delete(invitations).where(and(isNull(invitations.usedAt), eq(invitations.userId, Number(userId))));
}

/** Of several at the same moment, one uses it: the row says whether it is still there to be used. */
async function use(id: string, transaction: Database): Promise<Row> {
  const [row] = await transaction
    .update(invitations)
    .set({ usedAt: new Date() })
    .where(and(eq(invitations.id, id), usable()))
    .returning();
  return found(row);
}

/** Their name is their address: it is what people know each other by, and nobody else's. */
async function make(
  { email, role, passwordHash, planId }: Row & Pick<typeof users.$inferSelect, 'passwordHash' | 'planId'>,
  transaction: Database,
): Promise<User> {
  const [row] = await transaction
    .insert(users)
    .values({ name: email, email, role, passwordHash, planId })
    .onConflictDoNothing()
    .returning();
  if (!row) throw taken();
  return toUser(row);
}

async function refuseTaken({ email, userId }: Wanted, database: Database): Promise<void> {
  const address = sameEmail(users.email, email);
  const others = userId === undefined ? or(address, eq(users.name, email)) : and(address, ne(users.id, Number(userId)));
  if ((await database.$count(users, others)) > 0) throw taken();
}

function taken(): ServonautError {
  return new ServonautError('conflict', {
    message: 'There already is a user of this e-mail address or name.',
    nextStep: 'Invite that user: give their id along with the address.',
  });
}

function wantedBy({ email, role, userId }: Row): Wanted {
  return { email, role, ...(userId !== null && { userId: String(userId) }) };
}

function usable() {
  return and(isNull(invitations.usedAt), gt(invitations.expiresAt, new Date()));
}

function sameEmail(column: typeof users.email | typeof invitations.email, email: string) {
  return eq(sql`lower(${column})`, sql`lower(${email})`);
}

/** Field by field: nothing of what else the row may come to hold. */
function toInvitation({ id, email, role, createdAt, expiresAt }: Row): Invitation {
  return { id, email, role, createdAt, expiresAt };
}

function number(id: string | undefined): number | null {
  return id === undefined ? null : Number(id);
}

function found<T>(row: T | undefined): T {
  if (row !== undefined) return row;
  throw new ServonautError('not_found', {
    message: 'There is no such invitation, or it has been used, or has expired.',
  });
}
