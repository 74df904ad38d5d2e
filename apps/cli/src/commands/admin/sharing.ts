import { Flags } from '@oclif/core';
import { actingCommand, changingCommand, listingCommand } from '../rest-command.ts';

const delegation = async () => (await import('@servonaut/contracts')).delegationSchema;
const team = async () => (await import('@servonaut/contracts')).teamSchema;

/** Who lets whom use servers, and the teams to whom that can be done. */
export const ADMIN_SHARING_COMMANDS = {
  'admin:delegations:list': listingCommand({
    summary: 'List who lets whom use which servers.',
    examples: ['<%= config.bin %> admin delegations list --all'],
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
    examples: ['<%= config.bin %> admin delegations show 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/delegations/{id}',
    schema: delegation,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:delegations:end': actingCommand({
    summary: 'End a delegation, for good, and with it what is running by it.',
    examples: ['<%= config.bin %> admin delegations end 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/delegations/{id}',
    schema: delegation,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
  'admin:teams:list': listingCommand({
    summary: 'List teams.',
    examples: ['<%= config.bin %> admin teams list'],
    path: '/api/admin/teams',
    listing: 'teams',
  }),
  'admin:teams:show': actingCommand({
    summary: 'Show a team.',
    examples: ['<%= config.bin %> admin teams show 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/teams/{team}',
    schema: team,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:teams:create': actingCommand({
    summary: 'Make a team, to which users can delegate servers.',
    examples: ['<%= config.bin %> admin teams create --name support'],
    path: '/api/admin/teams',
    flags: { name: Flags.string({ description: 'Its name, which no other team has.', required: true }) },
    schema: team,
    act: (rest, path, schema, { name }) => rest.make(path, schema, { name }),
  }),
  'admin:teams:rename': changingCommand({
    summary: 'Give a team another name.',
    examples: ['<%= config.bin %> admin teams rename 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55 --name operations'],
    path: '/api/admin/teams/{team}',
    flags: { name: Flags.string({ description: 'Its new name.', required: true }) },
    schema: team,
    change: async ({ name }) => ({ name }),
  }),
  'admin:teams:delete': actingCommand({
    summary: 'Dissolve a team; what was delegated to it ends.',
    examples: ['<%= config.bin %> admin teams delete 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/teams/{team}',
    schema: team,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
  'admin:teams:members': listingCommand({
    summary: 'List the members of a team.',
    examples: ['<%= config.bin %> admin teams members 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/teams/{team}/members',
    listing: 'members',
  }),
  'admin:teams:add': actingCommand({
    summary: 'Put a user into a team.',
    examples: ['<%= config.bin %> admin teams add 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55 42'],
    path: '/api/admin/teams/{team}/members/{user}',
    schema: team,
    act: (rest, path, schema) => rest.put(path, schema),
  }),
  'admin:teams:remove': actingCommand({
    summary: 'Take a user out of a team.',
    examples: ['<%= config.bin %> admin teams remove 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55 42'],
    path: '/api/admin/teams/{team}/members/{user}',
    schema: team,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
};
