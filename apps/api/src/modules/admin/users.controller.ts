import { Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  changeUserSchema,
  effectiveEntitlementsSchema,
  newUserSchema,
  planIdSchema,
  roleSchema,
  userSchema,
  usersSchema,
  type ChangeUserBody,
  type NewUserBody,
} from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../platform/http/if-match.ts';
import { PageCursor, pageFields, pageOf } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, DefaultPlan, UserService, type Principal } from '../auth/index.ts';
import { effectiveEntitlements, Entitlements } from '../entitlements/index.ts';
import { AdminController } from './admin-controller.ts';
import { userIdParameter } from './admin-schemas.ts';
import { presentUser } from './user-answers.ts';

const querySchema = z.strictObject({
  ...pageFields,
  role: roleSchema.optional(),
  disabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  plan: planIdSchema.optional(),
});
const FROM_THE_FIRST = '0';

const cursor = new PageCursor(userIdParameter);

@AdminController('users')
export class UsersController {
  constructor(
    private readonly users: UserService,
    private readonly defaultPlan: DefaultPlan,
    private readonly limits: Entitlements,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Make a user' })
  @ZodAnswer(201, userSchema, 'The user.')
  async create(@ZodBody(newUserSchema) { name, plan }: NewUserBody) {
    return presentUser(await this.users.create(name, plan === undefined ? await this.defaultPlan.id() : plan));
  }

  @Get()
  @ApiOperation({ summary: 'List users, by ascending id' })
  @ZodAnswer(200, usersSchema, 'A page of users.')
  async list(@Query(new ZodPipe(querySchema)) { cursor: text, limit, ...wanted }: z.output<typeof querySchema>) {
    const after = text === undefined ? FROM_THE_FIRST : cursor.read(text);
    const { page, last } = pageOf(await this.users.list({ ...wanted, after, limit: limit + 1 }), limit);
    return { users: page.map(presentUser), next_cursor: last ? cursor.write(last.id) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a user' })
  @ZodAnswer(200, userSchema, 'The user.')
  async get(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    return presentUser(await this.users.get(id));
  }

  @Get(':id/entitlements')
  @ApiOperation({
    summary: 'Read what limits the calls of a user',
    description:
      'The rules of their plan and those that are set for them, as they hold; those of credentials come on top.',
  })
  @ZodAnswer(200, effectiveEntitlementsSchema, 'The rules, and how much of their counts is used.')
  async entitlements(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    return effectiveEntitlements(this.limits, { userId: id, levels: await this.users.levels(id) });
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Disable a user, or enable them again; give them a role, a plan, or rules of their own',
    description:
      "Disabling refuses all of their tokens and ends their sessions. Rules of their own stand in place of the plan's for the same tools. All holds from the next call on.",
  })
  @ZodAnswer(200, userSchema, 'The user.')
  async change(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @ZodBody(changeUserSchema) wanted: ChangeUserBody,
    @CurrentPrincipal() admin: Principal,
    @IfMatch() version: number | undefined,
  ) {
    return presentUser(await this.users.change(id, wanted, admin, version));
  }
}
