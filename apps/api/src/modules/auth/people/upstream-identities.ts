import { Inject, Injectable } from '@nestjs/common';
import { and, eq } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { upstreamIdentities, users } from '../../../platform/database/schema.ts';
import { Invitations } from './invitations.ts';
import { SignInRecords } from './sign-in-records.ts';
import { toUser, type User } from './user-service.ts';

/** Who somebody is at another provider (OpenID Connect Core section 2). */
export interface UpstreamIdentity {
  readonly issuer: string;
  /** Never given to somebody else, unlike an address. */
  readonly subject: string;
}

/** Which user an identity belongs to. */
@Injectable()
export class UpstreamIdentities {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly records: SignInRecords,
    private readonly invitations: Invitations,
  ) {}

  async userOf({ issuer, subject }: UpstreamIdentity): Promise<User | undefined> {
    const [row] = await this.database
      .select({ user: users })
      .from(upstreamIdentities)
      .innerJoin(users, eq(users.id, upstreamIdentities.userId))
      .where(and(eq(upstreamIdentities.issuer, issuer), eq(upstreamIdentities.subject, subject)));
    return row && toUser(row.user);
  }

  /**
   * The first time, the address says who it is: that of a user, or of somebody who has been invited. A user has one identity at a provider, so that
   * whoever gets the address of somebody who has left does not get their account: the database takes no second one.
   * @param email which the provider has made sure of
   */
  async recognise(identity: UpstreamIdentity, email: string): Promise<User | undefined> {
    const user = (await this.records.ofEmail(email))?.user ?? (await this.invitations.acceptVerified(email));
    if (!user) return undefined;
    await this.database
      .insert(upstreamIdentities)
      .values({ ...identity, userId: Number(user.id) })
      .onConflictDoNothing();
    return this.userOf(identity);
  }
}
