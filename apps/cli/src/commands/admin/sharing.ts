import { Flags } from '@oclif/core';
import { actingCommand, changingCommand, listingCommand } from '../rest-command.ts';

const delegation = async () => (await import('@servonaut/contracts')).delegationSchema;
const team = async () => (await import('@servonaut/contracts')).teamSchema;

/** Who lets whom use servers, and the teams to whom that can be done. */
export const ADMIN_SHARING_COMMANDS = {
  'admin:delegations:list': listingCommand({
    summary: 'List who lets whom use which servers.',
    path: '/api/admin/delegations',
    listing: 'delegations',
    filters: {
      grantor: { description: 'Only for servers of this user, by id.' },
      grantee: { description: 'Only to this user or team, by id.' },
      state: { description: 'Only those in this state.', options: ['active', 'ended', 'expired'] },
    },
  }),
  'admin:delegations:show': actingCommand({
    summary: 'Show a delegation.',
    path: '/api/admin/delegations/{id}',
    act: async (rest, path) => rest.read(path, await delegation()),
  }),
  'admin:delegations:end': actingCommand({
    summary: 'End a delegation, for good, and with it what is running by it.',
    path: '/api/admin/delegations/{id}',
    act: async (rest, path) => rest.remove(path, await delegation()),
  }),
  'admin:teams:list': listingCommand({ summary: 'List teams.', path: '/api/admin/teams', listing: 'teams' }),
  'admin:teams:show': actingCommand({
    summary: 'Show a team.',
    path: '/api/admin/teams/{team}',
    act: async (rest, path) => rest.read(path, await team()),
  }),
  'admin:teams:create': actingCommand({
    summary: 'Make a team, to which users can delegate servers.',
    path: '/api/admin/teams',
    flags: { name: Flags.string({ description: 'Its name, which no other team has.', required: true }) },
    act: async (rest, path, { name }) => rest.make(path, await team(), { name }),
  }),
  'admin:teams:rename': changingCommand({
    summary: 'Give a team another name.',
    path: '/api/admin/teams/{team}',
    flags: { name: Flags.string({ description: 'Its new name.', required: true }) },
    schema: team,
    change: async ({ name }) => ({ name }),
  }),
  'admin:teams:delete': actingCommand({
    summary: 'Dissolve a team; what was delegated to it ends.',
    path: '/api/admin/teams/{team}',
    act: async (rest, path) => rest.remove(path, await team()),
  }),
  'admin:teams:members': listingCommand({
    summary: 'List the members of a team.',
    path: '/api/admin/teams/{team}/members',
    listing: 'members',
  }),
  'admin:teams:add': actingCommand({
    summary: 'Put a user into a team.',
    path: '/api/admin/teams/{team}/members/{user}',
    act: async (rest, path) => rest.put(path, await team()),
  }),
  'admin:teams:remove': actingCommand({
    summary: 'Take a user out of a team.',
    path: '/api/admin/teams/{team}/members/{user}',
    act: async (rest, path) => rest.remove(path, await team()),
  }),
};
