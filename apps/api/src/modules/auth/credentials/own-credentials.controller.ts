import { Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeCredentialSchema,
  credentialIdSchema,
  credentialLabelSchema,
  credentialSchema,
  credentialsSchema,
  credentialStateSchema,
  issuedCredentialSchema,
  newOwnCredentialSchema,
} from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../../platform/http/if-match.ts';
import { pageFields } from '../../../platform/http/page-cursor.ts';
import { Refuses } from '../../../platform/openapi/describe.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { CurrentPrincipal, RequireScope } from '../access.ts';
import type { Principal } from '../principal.ts';
import { changeFrom, limitsFrom, presentCredential, presentCredentials } from './credential-presenter.ts';
import { OwnCredentials } from './own-credentials.ts';

const querySchema = z.strictObject({
  ...pageFields,
  label: credentialLabelSchema.optional(),
  state: credentialStateSchema.optional(),
  /** The id of the credential, or that of the grant, that has made them. */
  created_by: z.union([credentialIdSchema, z.string().regex(/^[\w-]{43}$/, 'expected 43 characters')]).optional(),
});

@ApiTags('me')
@ApiBearerAuth()
@Controller('api/me/credentials')
@RequireScope('credentials')
export class OwnCredentialsController {
  constructor(private readonly credentials: OwnCredentials) {}

  @Post()
  @ApiOperation({
    summary: 'Make a credential for a purpose; its token is in this answer alone',
    description:
      'It can do no more than whoever makes it. Two active ones of a user have different labels. One with the scope `relay:connect` has no limits of calls (`tools`, `servers`, `rules`, `commands`). A repetition with its `Idempotency-Key` has the same token for some minutes.',
  })
  @ZodAnswer(201, issuedCredentialSchema, 'The credential and its token.')
  @Refuses('too_many_requests')
  async issue(
    @ZodBody(newOwnCredentialSchema) wanted: z.output<typeof newOwnCredentialSchema>,
    @CurrentPrincipal() by: Principal,
  ) {
    const { facts, token } = await this.credentials.issue(by, limitsFrom(wanted));
    return { ...presentCredential(facts), token };
  }

  @Get()
  @ApiOperation({
    summary: 'List your credentials, without their tokens',
    description: 'All of the user; with a credential, those that it has made.',
  })
  @ZodAnswer(200, credentialsSchema, 'A page of them, oldest first.')
  async list(@Query(new ZodPipe(querySchema)) query: z.output<typeof querySchema>, @CurrentPrincipal() by: Principal) {
    const { label, state, created_by: createdBy, ...page } = query;
    return presentCredentials(await this.credentials.page(by, { label, state, createdBy }, page));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a credential of yours' })
  @ZodAnswer(200, credentialSchema, 'The credential.')
  async get(@Param('id', new ZodPipe(credentialIdSchema)) id: string, @CurrentPrincipal() by: Principal) {
    return presentCredential(await this.credentials.get(by, id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change the label or the limits of a credential of yours',
    description: 'It counts for the next call; calls that run go on. The token stays the same.',
  })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  @Refuses('too_many_requests')
  async change(
    @Param('id', new ZodPipe(credentialIdSchema)) id: string,
    @ZodBody(changeCredentialSchema) change: z.output<typeof changeCredentialSchema>,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() by: Principal,
  ) {
    return presentCredential(await this.credentials.change(by, id, changeFrom(change), version));
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Revoke a credential of yours, for good',
    description: 'Calls of it that run are cancelled, on their servers too.',
  })
  @ZodAnswer(200, credentialSchema, 'The credential as it is now.')
  @Refuses('too_many_requests')
  async revoke(
    @Param('id', new ZodPipe(credentialIdSchema)) id: string,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() by: Principal,
  ) {
    return presentCredential(await this.credentials.revoke(by, id, version));
  }
}
