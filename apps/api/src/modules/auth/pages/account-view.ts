import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { Grants } from '../oauth/grants.ts';
import { isFresh } from '../people/fresh-sign-in.ts';
import { OwnAccount } from '../people/own-account.ts';
import { OwnPasskeys } from '../people/own-passkeys.ts';
import { UserService } from '../people/user-service.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { accountPage, type Done } from './account-pages.ts';
import { sessionOf, type Visit } from './visit.ts';

/** The page of an account, with all that it shows. */
@Injectable()
export class AccountView {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'people'>,
    private readonly users: UserService,
    private readonly account: OwnAccount,
    private readonly passkeys: OwnPasskeys,
    private readonly sessions: WebSessions,
    private readonly grants: Grants,
  ) {}

  /** @throws ServonautError `unauthenticated` when nobody has signed in. */
  async page(visit: Visit, said: { readonly alert?: string; readonly done?: Done | undefined }): Promise<string> {
    const session = sessionOf(visit);
    const { userId } = session;
    const [user, means, passkeys, sessions, agents] = await Promise.all([
      this.users.get(userId),
      this.account.means(userId),
      this.passkeys.list(userId),
      this.sessions.list(userId),
      this.grants.list(userId),
    ]);
    const fresh = isFresh(session, Date.now(), this.config.people.freshSignInSeconds);
    const shown = { user, means, passkeys, passkeysPossible: this.passkeys.possible, session, fresh, sessions, agents };
    return accountPage(shown, visit.form, said);
  }
}
