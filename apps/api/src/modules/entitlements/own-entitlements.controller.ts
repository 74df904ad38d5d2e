import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ownEntitlementsSchema, type OwnEntitlementsBody } from '@servonaut/contracts';
import { ZodAnswer } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, RequireScope, type Principal } from '../auth/index.ts';
import { presentEntitlements } from './effective-entitlements.ts';

@ApiTags('me')
@ApiBearerAuth()
@Controller('api/me/entitlements')
@RequireScope('relay:connect')
export class OwnEntitlementsController {
  @Get()
  @ApiOperation({ summary: 'Read what limits your calls' })
  @ZodAnswer(200, ownEntitlementsSchema, 'The rules, and what the token is limited to.')
  get(@CurrentPrincipal() principal: Principal): OwnEntitlementsBody {
    const { tools, servers, commands } = principal;
    return {
      ...presentEntitlements(principal, new Date()),
      tools: tools && [...tools],
      servers: servers && [...servers],
      commands: commands && commands.map(({ name }) => name),
    };
  }
}
