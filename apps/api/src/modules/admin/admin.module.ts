import { Module } from '@nestjs/common';
import { CredentialsController } from './credentials.controller.ts';
import { FirstStart } from './first-start.ts';
import { GrantsController } from './grants.controller.ts';
import { InvitationsController } from './invitations.controller.ts';
import { SessionsController } from './sessions.controller.ts';
import { SigningKeysController } from './signing-keys.controller.ts';
import { UsersController } from './users.controller.ts';

/** Users and how they come in over REST, and the first of each. */
@Module({
  controllers: [
    UsersController,
    InvitationsController,
    SessionsController,
    GrantsController,
    CredentialsController,
    SigningKeysController,
  ],
  providers: [FirstStart],
  exports: [FirstStart],
})
export class AdminModule {}
