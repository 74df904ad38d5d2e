import type { Provider } from '@nestjs/common';
import { DatabaseInvitations } from './database-invitations.ts';
import { DatabaseOwnAccount } from './database-own-account.ts';
import { DatabasePasskeys } from './database-passkeys.ts';
import { DatabaseSecondFactor } from './database-second-factor.ts';
import { DatabaseWebSessions } from './database-web-sessions.ts';
import { Invitations } from './invitations.ts';
import { LockOut } from './lock-out.ts';
import { OidcUpstreamSignIn } from './oidc-upstream-sign-in.ts';
import { OwnAccount } from './own-account.ts';
import { OwnPasskeys } from './own-passkeys.ts';
import { OwnSecondFactor } from './own-second-factor.ts';
import { PasskeyChallenges } from './passkey-challenges.ts';
import { PasskeyRecords } from './passkey-records.ts';
import { PasskeySignIn } from './passkey-sign-in.ts';
import { PasswordSignIn } from './password-sign-in.ts';
import { Passwords } from './passwords.ts';
import { SignIn } from './sign-in.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { SignInRecords } from './sign-in-records.ts';
import { UpstreamIdentities } from './upstream-identities.ts';
import { UpstreamSignIn } from './upstream-sign-in.ts';
import { UserService } from './user-service.ts';
import { WebSessions } from './web-sessions.ts';

/** What stands behind the ports of this folder. */
export const peopleProviders: Provider[] = [
  UserService,
  Passwords,
  LockOut,
  SignInRecords,
  SignInAttempts,
  UpstreamIdentities,
  PasskeyChallenges,
  PasskeyRecords,
  PasskeySignIn,
  { provide: SignIn, useClass: PasswordSignIn },
  { provide: UpstreamSignIn, useClass: OidcUpstreamSignIn },
  { provide: OwnAccount, useClass: DatabaseOwnAccount },
  { provide: OwnSecondFactor, useClass: DatabaseSecondFactor },
  { provide: OwnPasskeys, useClass: DatabasePasskeys },
  { provide: Invitations, useClass: DatabaseInvitations },
  { provide: WebSessions, useClass: DatabaseWebSessions },
];
