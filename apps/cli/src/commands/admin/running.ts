import { actingCommand, listingCommand } from '../rest-command.ts';

const executor = async () => (await import('@servonaut/contracts')).executorSchema;
const request = async () => (await import('@servonaut/contracts')).requestSchema;

/** What is connected, and what runs. */
export const ADMIN_RUNNING_COMMANDS = {
  'admin:executors:list': listingCommand({
    summary: 'List the executors of all users.',
    examples: ['<%= config.bin %> admin executors list --json'],
    path: '/api/admin/executors',
    listing: 'executors',
    filters: {
      user: { description: 'Only those of this user, by id.', query: 'user_id' },
      state: { description: 'Only those in this state.', options: ['online', 'draining', 'offline'] },
    },
  }),
  'admin:executors:show': actingCommand({
    summary: 'Show an executor.',
    examples: ['<%= config.bin %> admin executors show 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/executors/{id}',
    schema: executor,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:executors:disconnect': actingCommand({
    summary: 'Disconnect an executor.',
    description:
      'It is asked nothing more and told so, lets what runs end, and stops. Its operator may start it again: to keep it away, revoke the credential by which it is connected.',
    examples: ['<%= config.bin %> admin executors disconnect 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/executors/{id}',
    schema: executor,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
  'admin:requests:list': listingCommand({
    summary: 'List the command requests of all users that can still be read.',
    description: 'Without arguments and output, which are the users’. The audit has all that there ever were.',
    examples: ['<%= config.bin %> admin requests list --limit 20'],
    path: '/api/admin/requests',
    listing: 'requests',
    filters: {
      user: { description: 'Only those of this user, by id.', query: 'user_id' },
      state: { description: 'Only those that run or wait, or those that have ended.', options: ['open', 'finished'] },
      tool: { description: 'Only those of this tool.' },
      server: { description: 'Only those for this server.' },
    },
  }),
  'admin:requests:show': actingCommand({
    summary: 'Show a command request, without arguments and output.',
    examples: ['<%= config.bin %> admin requests show 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/requests/{id}',
    schema: request,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:requests:cancel': actingCommand({
    summary: 'Cancel a command request, on its server too.',
    examples: ['<%= config.bin %> admin requests cancel 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/admin/requests/{id}',
    schema: request,
    act: (rest, path, schema) => rest.make(`${path}/cancel`, schema),
  }),
};
