import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/index.ts';
import { DelegationAudit } from './delegation-audit.ts';
import { DelegationQuery } from './delegation-query.ts';
import { DelegationService } from './delegation-service.ts';
import { Grantees } from './grantees.ts';
import { OwnDelegationsController } from './own-delegations.controller.ts';
import { ReceivedDelegations } from './received-delegations.ts';
import { TeamMembers } from './team-members.ts';
import { TeamService } from './team-service.ts';

/** Who lets whom use which servers. */
@Module({
  imports: [AuditModule],
  controllers: [OwnDelegationsController],
  providers: [
    DelegationAudit,
    DelegationQuery,
    DelegationService,
    Grantees,
    ReceivedDelegations,
    TeamMembers,
    TeamService,
  ],
  exports: [DelegationQuery, DelegationService, ReceivedDelegations, TeamMembers, TeamService],
})
export class DelegationModule {}
