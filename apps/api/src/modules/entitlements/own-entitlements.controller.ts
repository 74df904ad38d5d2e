import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ownEntitlementsSchema, type OwnEntitlementsBody } from '@servonaut/contracts';
import { ZodAnswer } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, RequireScope, type Principal } from '../auth/index.ts';
import { effectiveEntitlements } from './effective-entitlements.ts';
import { Entitlements } from './entitlements.ts';

@ApiTags('me')
@ApiBearerAuth()
@Controller('api/me/entitlements')
@RequireScope('relay:connect')
export class OwnEntitlementsController {
  constructor(private readonly entitlements: Entitlements) {}

  @Get()
  @ApiOperation({ summary: 'Read what limits your calls' })
  @ZodAnswer(200, ownEntitlementsSchema, 'The rules, and what the token is limited to.')
  async get(@CurrentPrincipal() principal: Principal): Promise<OwnEntitlementsBody> {
    const { tools, servers, commands } = principal;
    return {
      ...(await effectiveEntitlements(this.entitlements, principal)),
      tools: tools && [...tools],
      servers: servers && [...servers],
      commands: commands && commands.map(({ name }) => name),
    };
  }
}
