import { Injectable } from '@nestjs/common';
import { Grants } from '../oauth/grants.ts';
import { OwnAccount } from '../people/own-account.ts';
import { UserService } from '../people/user-service.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { accountPage, type Done } from './account-pages.ts';
import { sessionOf, type Visit } from './visit.ts';

/** The page of an account, with all that it shows. */
@Injectable()
export class AccountView {
  constructor(
    private readonly users: UserService,
    private readonly account: OwnAccount,
    private readonly sessions: WebSessions,
    private readonly grants: Grants,
  ) {}

  /** @throws ServonautError `unauthenticated` when nobody has signed in. */
  async page(visit: Visit, said: { readonly alert?: string; readonly done?: Done | undefined }): Promise<string> {
    const session = sessionOf(visit);
    const { userId } = session;
    const [user, means, sessions, agents] = await Promise.all([
      this.users.get(userId),
      this.account.means(userId),
      this.sessions.list(userId),
      this.grants.list(userId),
    ]);
    return accountPage({ user, means, session, sessions, agents }, visit.form, said);
  }
}
