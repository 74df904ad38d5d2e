import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AuditModule } from '../audit/index.ts';
import { DelegationModule, EntitlementsModule } from '../entitlements/index.ts';
import { RelayModule } from '../relay/index.ts';
import { AdminWrites } from './admin-writes.ts';
import { AuditController } from './audit.controller.ts';
import { CredentialsController } from './credentials.controller.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DelegationsController } from './delegations.controller.ts';
import { ExecutorsAdminController } from './executors-admin.controller.ts';
import { FirstStart } from './first-start.ts';
import { GrantsController } from './grants.controller.ts';
import { InvitationsController } from './invitations.controller.ts';
import { PlansController } from './plans.controller.ts';
import { RequestsAdminController } from './requests-admin.controller.ts';
import { SessionsController } from './sessions.controller.ts';
import { SigningKeysController } from './signing-keys.controller.ts';
import { TeamsController } from './teams.controller.ts';
import { UsersController } from './users.controller.ts';

/** Users and how they come in over REST, and the first of each. */
@Module({
  imports: [AuditModule, DelegationModule, EntitlementsModule, RelayModule],
  controllers: [
    AuditController,
    DeadLettersController,
    UsersController,
    PlansController,
    InvitationsController,
    SessionsController,
    GrantsController,
    CredentialsController,
    DelegationsController,
    TeamsController,
    SigningKeysController,
    ExecutorsAdminController,
    RequestsAdminController,
  ],
  providers: [FirstStart, { provide: APP_INTERCEPTOR, useClass: AdminWrites }],
  exports: [FirstStart],
})
export class AdminModule {}
