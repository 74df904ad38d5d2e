import { Flags } from '@oclif/core';
import { actingCommand, listingCommand } from '../rest-command.ts';

const plan = async () => (await import('@servonaut/contracts')).planSchema;

export const ADMIN_PLAN_COMMANDS = {
  'admin:plans:list': listingCommand({
    summary: 'List plans.',
    examples: ['<%= config.bin %> admin plans list'],
    path: '/api/admin/plans',
    listing: 'plans',
  }),
  'admin:plans:show': actingCommand({
    summary: 'Show a plan.',
    examples: ['<%= config.bin %> admin plans show team'],
    path: '/api/admin/plans/{plan}',
    schema: plan,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:plans:set': actingCommand({
    summary: 'Make a plan, or give one other rules in place of all that it has.',
    description: 'They hold for all who have the plan from their next call on.',
    examples: ['<%= config.bin %> admin plans set team --rules team.yaml'],
    path: '/api/admin/plans/{plan}',
    flags: {
      rules: Flags.string({
        description: 'Rules by tool, in YAML or JSON; "-" is stdin.',
        helpValue: 'FILE',
        required: true,
      }),
    },
    schema: plan,
    act: async (rest, path, _schema, flags) => {
      const { setPlan } = await import('../../services/rest/set-plan.ts');
      return setPlan(rest, path, flags.rules);
    },
  }),
  'admin:plans:delete': actingCommand({
    summary: 'Delete a plan that nobody has.',
    examples: ['<%= config.bin %> admin plans delete team'],
    path: '/api/admin/plans/{plan}',
    schema: async () => (await import('../../services/rest/rest-client.ts')).nothing,
    act: (rest, path, schema) => rest.remove(path, schema),
    done: 'Deleted.',
  }),
};
