import { actingCommand, listingCommand } from '../rest-command.ts';

const executor = async () => (await import('@servonaut/contracts')).executorSchema;
const request = async () => (await import('@servonaut/contracts')).requestSchema;

/** What is connected, and what runs. */
export const ADMIN_RUNNING_COMMANDS = {
  'admin:executors:list': listingCommand({
    summary: 'List the executors of all users.',
    path: '/api/admin/executors',
    listing: 'executors',
    filters: {
      user: { description: 'Only those of this user, by id.', query: 'user_id' },
      state: { description: 'Only those in this state.', options: ['online', 'draining', 'offline'] },
    },
  }),
  'admin:executors:show': actingCommand({
    summary: 'Show an executor.',
    path: '/api/admin/executors/{id}',
    act: async (rest, path) => rest.read(path, await executor()),
  }),
  'admin:executors:disconnect': actingCommand({
    summary: 'Disconnect an executor.',
    description:
      'It is asked nothing more and told so, lets what runs end, and stops. Its operator may start it again: to keep it away, revoke the credential by which it is connected.',
    path: '/api/admin/executors/{id}',
    act: async (rest, path) => rest.remove(path, await executor()),
  }),
  'admin:requests:list': listingCommand({
    summary: 'List the command requests of all users that can still be read.',
    description: 'Without arguments and output, which are the users’. The audit has all that there ever were.',
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
    path: '/api/admin/requests/{id}',
    act: async (rest, path) => rest.read(path, await request()),
  }),
  'admin:requests:cancel': actingCommand({
    summary: 'Cancel a command request, on its server too.',
    path: '/api/admin/requests/{id}',
    act: async (rest, path) => rest.make(`${path}/cancel`, await request()),
  }),
};
