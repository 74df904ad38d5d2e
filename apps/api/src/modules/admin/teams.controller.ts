import { Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  changeTeamSchema,
  newTeamSchema,
  teamMembersSchema,
  teamSchema,
  teamsSchema,
  type TeamBody,
  type TeamMemberBody,
} from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../platform/http/if-match.ts';
import { PageCursor, pageFields, pageOf } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, type Principal } from '../auth/index.ts';
import { TeamMembers, TeamService, type Team, type TeamMember } from '../entitlements/index.ts';
import { AdminController } from './admin-controller.ts';
import { userIdParameter } from './admin-schemas.ts';

const querySchema = z.strictObject(pageFields);
type Page = z.output<typeof querySchema>;

const teamIdSchema = z.uuid();
const teamId = new ZodPipe(teamIdSchema);
const userId = new ZodPipe(userIdParameter);
const teamCursors = new PageCursor(teamIdSchema);
const memberCursors = new PageCursor(userIdParameter);

@AdminController('teams')
export class TeamsController {
  constructor(
    private readonly teams: TeamService,
    private readonly members: TeamMembers,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Make a team, to which users can delegate servers' })
  @ZodAnswer(201, teamSchema, 'The team.')
  async make(@ZodBody(newTeamSchema) { name }: z.output<typeof newTeamSchema>) {
    return presentTeam(await this.teams.make(name));
  }

  @Get()
  @ApiOperation({ summary: 'List teams' })
  @ZodAnswer(200, teamsSchema, 'A page of teams, oldest first.')
  async list(@Query(new ZodPipe(querySchema)) { cursor, limit }: Page) {
    const after = cursor === undefined ? undefined : teamCursors.read(cursor);
    const { page, last } = pageOf(await this.teams.page({ after, limit: limit + 1 }), limit);
    return { teams: page.map(presentTeam), next_cursor: last ? teamCursors.write(last.id) : null };
  }

  @Get(':team')
  @ApiOperation({ summary: 'Read a team' })
  @ZodAnswer(200, teamSchema, 'The team.')
  async get(@Param('team', teamId) id: string) {
    return presentTeam(await this.teams.get(id));
  }

  @Patch(':team')
  @ApiOperation({ summary: 'Give a team another name' })
  @ZodAnswer(200, teamSchema, 'The team as it is now.')
  async rename(
    @Param('team', teamId) id: string,
    @ZodBody(changeTeamSchema) { name }: z.output<typeof changeTeamSchema>,
    @IfMatch() version: number | undefined,
  ) {
    return presentTeam(await this.teams.rename(id, name, version));
  }

  @Delete(':team')
  @ApiOperation({ summary: 'Dissolve a team; what was delegated to it ends, and with that what is running by it' })
  @ZodAnswer(200, teamSchema, 'The team as it was.')
  async dissolve(
    @Param('team', teamId) id: string,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() admin: Principal,
  ) {
    return presentTeam(await this.teams.dissolve(id, admin, version));
  }

  @Get(':team/members')
  @ApiOperation({ summary: 'List the members of a team' })
  @ZodAnswer(200, teamMembersSchema, 'A page of members, by the id of the user.')
  async listMembers(@Param('team', teamId) id: string, @Query(new ZodPipe(querySchema)) { cursor, limit }: Page) {
    const team = await this.teams.get(id);
    const after = cursor === undefined ? undefined : memberCursors.read(cursor);
    const { page, last } = pageOf(await this.members.page(team.id, { after, limit: limit + 1 }), limit);
    return { members: page.map(presentMember), next_cursor: last ? memberCursors.write(last.userId) : null };
  }

  @Put(':team/members/:user')
  @ApiOperation({ summary: 'Put a user into a team' })
  @ZodAnswer(200, teamSchema, 'The team as it is now.')
  async add(
    @Param('team', teamId) id: string,
    @Param('user', userId) user: string,
    @IfMatch() version: number | undefined,
  ) {
    await this.members.add(id, user, version);
    return presentTeam(await this.teams.get(id));
  }

  @Delete(':team/members/:user')
  @ApiOperation({
    summary: 'Take a user out of a team',
    description: 'What is running for them by what was delegated to the team is cancelled.',
  })
  @ZodAnswer(200, teamSchema, 'The team as it is now.')
  async remove(
    @Param('team', teamId) id: string,
    @Param('user', userId) user: string,
    @IfMatch() version: number | undefined,
  ) {
    await this.members.remove(id, user, version);
    return presentTeam(await this.teams.get(id));
  }
}

function presentTeam({ id, name, members, version, createdAt }: Team): TeamBody {
  return { id, name, members, version, created_at: createdAt.toISOString() };
}

function presentMember({ userId: user_id, name, addedAt }: TeamMember): TeamMemberBody {
  return { user_id, name, added_at: addedAt.toISOString() };
}
