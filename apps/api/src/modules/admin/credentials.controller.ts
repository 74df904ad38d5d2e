import { Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  changeCredentialSchema,
  credentialIdSchema,
  credentialSchema,
  credentialsSchema,
  issuedCredentialSchema,
  newCredentialSchema,
  ServonautError,
} from '@servonaut/contracts';
import type { z } from 'zod';
import { IfMatch } from '../../platform/http/if-match.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import {
  changeFrom,
  CredentialService,
  CurrentPrincipal,
  limitsFrom,
  presentCredential,
  presentCredentials,
  UserService,
  type Principal,
  type User,
} from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import { credentialsQuery, revokeQuerySchema, userCredentialsQuery, userIdParameter } from './admin-schemas.ts';

@AdminController()
export class CredentialsController {
  constructor(
    private readonly users: UserService,
    private readonly credentials: CredentialService,
  ) {}

  @Post('users/:id/credentials')
  @ApiOperation({
    summary: 'Issue a credential; its token is in this answer alone',
    description: 'A repetition with its `Idempotency-Key` has the same token for some minutes.',
  })
  @ZodAnswer(201, issuedCredentialSchema, 'The credential and its token.')
  async issue(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @ZodBody(newCredentialSchema) wanted: z.output<typeof newCredentialSchema>,
    @CurrentPrincipal() issuer: Principal,
  ) {
    const user = await this.users.get(id);
    if (user.role !== 'admin' && wanted.scopes.includes('admin')) throw noAdmin(user);
    const { facts, token } = await this.credentials.issue({
      ...limitsFrom(wanted),
      userId: user.id,
      createdBy: issuer,
    });
    return { ...presentCredential(facts), token };
  }

  @Get('users/:id/credentials')
  @ApiOperation({ summary: 'List the credentials of a user, without their tokens' })
  @ZodAnswer(200, credentialsSchema, 'A page of them, oldest first.')
  async listOf(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @Query(new ZodPipe(userCredentialsQuery)) query: z.output<typeof userCredentialsQuery>,
  ) {
    const { id: user_id } = await this.users.get(id);
    return this.list({ ...query, user_id });
  }

  @Get('credentials')
  @ApiOperation({
    summary: 'List the credentials of all users, without their tokens',
    description:
      'With `created_by`, what a credential or a grant has issued, for whomever: also of one that has ended, to see what whoever had it may have left behind.',
  })
  @ZodAnswer(200, credentialsSchema, 'A page of them, oldest first.')
  async list(@Query(new ZodPipe(credentialsQuery)) query: z.output<typeof credentialsQuery>) {
    const { user_id: userId, created_by: createdBy, label, state, ...page } = query;
    return presentCredentials(await this.credentials.page({ userId, createdBy, label, state }, page));
  }

  @Get('credentials/:id')
  @ApiOperation({ summary: 'Read a credential' })
  @ZodAnswer(200, credentialSchema, 'The credential.')
  async get(@Param('id', new ZodPipe(credentialIdSchema)) id: string) {
    return presentCredential(await this.credentials.get(id));
  }

  @Patch('credentials/:id')
  @ApiOperation({
    summary: 'Change the label or the limits of a credential',
    description: 'It counts for the next call; calls that run go on. Neither the token nor its scopes change.',
  })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  async change(
    @Param('id', new ZodPipe(credentialIdSchema)) id: string,
    @ZodBody(changeCredentialSchema) change: z.output<typeof changeCredentialSchema>,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() by: Principal,
  ) {
    return presentCredential(await this.credentials.change(id, changeFrom(change), { by, version }));
  }

  @Delete('credentials/:id')
  @ApiOperation({
    summary: 'Revoke a credential, for good',
    description:
      'Calls of it that run are cancelled, on their servers too. The keys with the scope `admin` and the open invitations that were made with it end too; with `made=keep` they stay, for a key that is only being replaced.',
  })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  async revoke(
    @Param('id', new ZodPipe(credentialIdSchema)) id: string,
    @Query(new ZodPipe(revokeQuerySchema)) { made }: z.output<typeof revokeQuerySchema>,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() by: Principal,
  ) {
    return presentCredential(await this.credentials.revoke(id, { made, version, by }));
  }
}

/** It would be of no use: the scope counts while the user is one. */
function noAdmin({ name }: User): ServonautError {
  return new ServonautError('conflict', {
    message: `"${name}" is no admin, and can have no credential with the scope admin.`,
    nextStep: 'Make that user an admin first.',
  });
}
