import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import {
  CredentialService,
  CurrentPrincipal,
  RequireScope,
  UserService,
  type Principal,
  type User,
} from '../auth/index.ts';
import {
  credentialIdParameter,
  credentialSchema,
  credentialsSchema,
  issuedCredentialSchema,
  newCredentialSchema,
  presentCredential,
  userIdParameter,
} from './admin-schemas.ts';

@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/admin')
@RequireScope('admin')
export class CredentialsController {
  constructor(
    private readonly users: UserService,
    private readonly credentials: CredentialService,
  ) {}

  @Post('users/:id/credentials')
  @ApiOperation({ summary: 'Issue a credential; its token is in this answer and never again' })
  @ZodAnswer(201, issuedCredentialSchema, 'The credential and its token.')
  async issue(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @ZodBody(newCredentialSchema) { expires_at: expiresAt, ...wanted }: z.output<typeof newCredentialSchema>,
    @CurrentPrincipal() issuer: Principal,
  ) {
    const user = await this.users.get(id);
    if (user.role !== 'admin' && wanted.scopes.includes('admin')) throw noAdmin(user);
    const { facts, token } = await this.credentials.issue({
      ...wanted,
      userId: user.id,
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      createdBy: issuer.id,
    });
    return { ...presentCredential(facts), token };
  }

  @Get('users/:id/credentials')
  @ApiOperation({ summary: 'List the credentials of a user, without their tokens' })
  @ZodAnswer(200, credentialsSchema, 'The credentials, oldest first.')
  async list(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    const user = await this.users.get(id);
    return { credentials: (await this.credentials.list(user.id)).map(presentCredential) };
  }

  @Get('credentials/:id')
  @ApiOperation({ summary: 'Read a credential' })
  @ZodAnswer(200, credentialSchema, 'The credential.')
  async get(@Param('id', new ZodPipe(credentialIdParameter)) id: string) {
    return presentCredential(await this.credentials.get(id));
  }

  @Delete('credentials/:id')
  @ApiOperation({ summary: 'Revoke a credential, for good' })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  async revoke(@Param('id', new ZodPipe(credentialIdParameter)) id: string) {
    return presentCredential(await this.credentials.revoke(id));
  }
}

/** It would be of no use: the scope counts while the user is one. */
function noAdmin({ name }: User): ServonautError {
  return new ServonautError('conflict', {
    message: `"${name}" is no admin, and can have no credential with the scope admin.`,
    nextStep: 'Make that user an admin first.',
  });
}
