import { Module } from '@nestjs/common';
import { CredentialsController } from './credentials.controller.ts';
import { FirstStart } from './first-start.ts';
import { UsersController } from './users.controller.ts';

/** Users and credentials over REST, and the first of each. */
@Module({
  controllers: [UsersController, CredentialsController],
  providers: [FirstStart],
  exports: [FirstStart],
})
export class AdminModule {}
