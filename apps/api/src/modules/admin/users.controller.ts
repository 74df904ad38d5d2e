import { Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, UserService, type Principal } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import {
  changeUserSchema,
  newUserSchema,
  presentUser,
  userIdParameter,
  userPageSchema,
  userSchema,
  usersSchema,
} from './admin-schemas.ts';

@AdminController('users')
export class UsersController {
  constructor(private readonly users: UserService) {}

  @Post()
  @ApiOperation({ summary: 'Make a user' })
  @ZodAnswer(201, userSchema, 'The user.')
  async create(@ZodBody(newUserSchema) { name }: z.output<typeof newUserSchema>) {
    return presentUser(await this.users.create(name));
  }

  @Get()
  @ApiOperation({ summary: 'List users by ascending id; the next page starts after the last id' })
  @ZodAnswer(200, usersSchema, 'A page of users.')
  async list(@Query(new ZodPipe(userPageSchema)) page: z.output<typeof userPageSchema>) {
    return { users: (await this.users.list(page)).map(presentUser) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a user' })
  @ZodAnswer(200, userSchema, 'The user.')
  async get(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    return presentUser(await this.users.get(id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Disable a user, which refuses all of their tokens and sessions, or enable them again; give them a role',
  })
  @ZodAnswer(200, userSchema, 'The user.')
  async change(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @ZodBody(changeUserSchema) wanted: z.output<typeof changeUserSchema>,
    @CurrentPrincipal() admin: Principal,
  ) {
    return presentUser(await this.users.change(id, wanted, admin));
  }
}
