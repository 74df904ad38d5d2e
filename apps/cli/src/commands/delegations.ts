import { Flags } from '@oclif/core';
import { LIMIT_FLAGS } from './limit-flags.ts';
import { actingCommand, changingCommand, listingCommand } from './rest-command.ts';

const delegation = async () => (await import('@servonaut/contracts')).delegationSchema;

/** What a user lets others use. */
export const DELEGATION_COMMANDS = {
  'delegations:create': actingCommand({
    summary: 'Let another user, or a team, use servers of yours.',
    description:
      'Their calls run on your executor, under your limits, theirs, and those given here, and stand in the audit of both.',
    examples: ["<%= config.bin %> delegations create --to bob --server 'web-*' --tool get_logs --expires 7d"],
    path: '/api/me/delegations',
    flags: {
      to: Flags.string({ description: 'Name of the user.', exactlyOne: ['to', 'team'] }),
      team: Flags.string({ description: 'Name of the team.' }),
      server: Flags.string({
        description: 'Servers: a name, a pattern such as "web-*", or label:key=value.',
        multiple: true,
        multipleNonGreedy: true,
        required: true,
      }),
      tool: Flags.string({
        description: 'A tool that they may call; none: all.',
        multiple: true,
        multipleNonGreedy: true,
      }),
      expires: Flags.string({ description: 'When it ends: 12h, 30d, an instant, or never.' }),
      rules: Flags.string({ description: 'Rules by tool, in YAML or JSON; "-" is stdin.', helpValue: 'FILE' }),
    },
    schema: delegation,
    act: async (rest, path, schema, { to, team, ...limits }) => {
      const { limitsFrom } = await import('../services/rest/credential-limits.ts');
      const body = { to: team === undefined ? { user: to } : { team }, ...(await limitsFrom(limits)) };
      return rest.make(path, schema, body);
    },
  }),
  'delegations:list': listingCommand({
    summary: 'List what you let others use.',
    examples: ['<%= config.bin %> delegations list'],
    path: '/api/me/delegations',
    listing: 'delegations',
    filters: { state: { description: 'Only those in this state.', options: ['active', 'ended', 'expired'] } },
  }),
  'delegations:received': listingCommand({
    summary: 'List what others let you use.',
    examples: ['<%= config.bin %> delegations received --json'],
    path: '/api/me/delegations/received',
    listing: 'delegations',
  }),
  'delegations:change': changingCommand({
    summary: 'Change what you let others use.',
    description: 'It counts for the next call; what runs goes on.',
    examples: ['<%= config.bin %> delegations change 01234567-89ab-7def-8123-456789abcdef --expires 7d --lift tools'],
    path: '/api/me/delegations/{id}',
    flags: {
      server: LIMIT_FLAGS.server,
      tool: LIMIT_FLAGS.tool,
      expires: LIMIT_FLAGS.expires,
      rules: LIMIT_FLAGS.rules,
      lift: Flags.string({
        description: 'Limit this no more; of rules, all but the counts that there are by default.',
        options: ['tools', 'rules', 'expires'],
        multiple: true,
        multipleNonGreedy: true,
      }),
    },
    schema: delegation,
    change: async (limits) => (await import('../services/rest/credential-limits.ts')).limitsFrom(limits),
  }),
  'delegations:decline': actingCommand({
    summary: 'Decline what somebody lets you use, for good.',
    examples: ['<%= config.bin %> delegations decline 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/me/delegations/received/{id}',
    schema: delegation,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
  'delegations:show': actingCommand({
    summary: 'Show a delegation that you have given.',
    examples: ['<%= config.bin %> delegations show 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/me/delegations/{id}',
    schema: delegation,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'delegations:end': actingCommand({
    summary: 'End a delegation of yours, for good, and with it what is running by it.',
    examples: ['<%= config.bin %> delegations end 019a5d0e-6c1b-7a4e-9f6d-3b1f0c2a7e55'],
    path: '/api/me/delegations/{id}',
    schema: delegation,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
};
