import { Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CredentialService, CurrentPrincipal, UserService, type Principal, type User } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import {
  credentialIdParameter,
  credentialSchema,
  credentialsSchema,
  issuedCredentialSchema,
  madeBySchema,
  newCredentialSchema,
  presentCredential,
  revokeQuerySchema,
  userIdParameter,
} from './admin-schemas.ts';

@AdminController()
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
      createdBy: issuer,
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

  @Get('credentials')
  @ApiOperation({
    summary: 'List what a credential or a grant has issued, for whomever',
    description: 'Also of one that has ended, to see what whoever had it may have left behind.',
  })
  @ZodAnswer(200, credentialsSchema, 'The credentials, oldest first.')
  async listMade(@Query(new ZodPipe(madeBySchema)) { created_by: maker }: z.output<typeof madeBySchema>) {
    return { credentials: (await this.credentials.listCreatedBy(maker)).map(presentCredential) };
  }

  @Get('credentials/:id')
  @ApiOperation({ summary: 'Read a credential' })
  @ZodAnswer(200, credentialSchema, 'The credential.')
  async get(@Param('id', new ZodPipe(credentialIdParameter)) id: string) {
    return presentCredential(await this.credentials.get(id));
  }

  @Delete('credentials/:id')
  @ApiOperation({
    summary: 'Revoke a credential, for good',
    description:
      'The keys with the scope `admin` and the open invitations that were made with it end too; with `made=keep` they stay, for a key that is only being replaced.',
  })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  async revoke(
    @Param('id', new ZodPipe(credentialIdParameter)) id: string,
    @Query(new ZodPipe(revokeQuerySchema)) query: z.output<typeof revokeQuerySchema>,
  ) {
    return presentCredential(await this.credentials.revoke(id, query));
  }
}

/** It would be of no use: the scope counts while the user is one. */
function noAdmin({ name }: User): ServonautError {
  return new ServonautError('conflict', {
    message: `"${name}" is no admin, and can have no credential with the scope admin.`,
    nextStep: 'Make that user an admin first.',
  });
}
