import { Args, Command, Flags } from '@oclif/core';
import { LIFT_FLAG, LIMIT_FLAGS } from './limit-flags.ts';
import { PROFILE_FLAGS } from './profile-flag.ts';
import { actingCommand, changingCommand, listingCommand, overRest, showAnswer } from './rest-command.ts';

const credential = async () => (await import('@servonaut/contracts')).credentialSchema;

export class CredentialsCreate extends Command {
  static override readonly summary = 'Make a credential for a purpose, such as a CI bot.';
  static override readonly description =
    'It can do no more than you, and less by each limit. Its token goes to stdout, alone, and is shown this once; all else goes to stderr.';
  static override readonly examples = [
    "<%= config.bin %> credentials create ci-bot --tool get_server_info --server 'web-*' --expires 30d > token.txt",
    '<%= config.bin %> credentials create support --tool run_command --commands approved.yaml --per-day 500',
    '<%= config.bin %> credentials create office --address 192.0.2.0/24 --json',
  ];
  static override readonly args = {
    label: Args.string({ description: 'What it is for. No two active ones of yours have the same.', required: true }),
  };
  static readonly json = async () => (await import('@servonaut/contracts')).issuedCredentialSchema;
  static override readonly flags = {
    ...PROFILE_FLAGS,
    ...LIMIT_FLAGS,
    scope: Flags.string({
      description: 'What it is for: mcp:tools to call tools (default), relay:connect to be an executor.',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(CredentialsCreate);
    const [{ issuedCredentialSchema }, { limitsFrom }] = await Promise.all([
      import('@servonaut/contracts'),
      import('../services/rest/credential-limits.ts'),
    ]);
    const body = { label: args.label, ...(flags.scope && { scopes: flags.scope }), ...(await limitsFrom(flags)) };
    const made = await overRest(this, flags.profile, (rest) =>
      rest.make('/api/me/credentials', issuedCredentialSchema, body),
    );
    await showAnswer(this, made, flags.json);
  }
}

/** A user's own. */
export const CREDENTIAL_COMMANDS = {
  'credentials:create': CredentialsCreate,
  'credentials:list': listingCommand({
    summary: 'List your credentials, without their tokens.',
    examples: ['<%= config.bin %> credentials list --state active'],
    path: '/api/me/credentials',
    listing: 'credentials',
    filters: {
      label: { description: 'Only those of this label.' },
      state: { description: 'Only those in this state.', options: ['active', 'revoked', 'expired'] },
      'made-by': { description: 'Only those that this credential or sign-in has made.', query: 'created_by' },
    },
  }),
  'credentials:show': actingCommand({
    summary: 'Show a credential of yours.',
    examples: ['<%= config.bin %> credentials show 0123456789abcdef'],
    path: '/api/me/credentials/{id}',
    schema: credential,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'credentials:change': changingCommand({
    summary: 'Change the label or the limits of a credential of yours.',
    description: 'It counts for the next call. The token stays the same.',
    examples: ['<%= config.bin %> credentials change 0123456789abcdef --expires 90d --lift servers'],
    path: '/api/me/credentials/{id}',
    flags: { ...LIMIT_FLAGS, ...LIFT_FLAG, label: Flags.string({ description: 'Another label.' }) },
    schema: credential,
    change: async ({ label, ...limits }) => {
      const { limitsFrom } = await import('../services/rest/credential-limits.ts');
      return { ...(label !== undefined && { label }), ...(await limitsFrom(limits)) };
    },
  }),
  'credentials:revoke': actingCommand({
    summary: 'Revoke a credential of yours, for good.',
    description: 'Calls of it that run are cancelled, on their servers too.',
    examples: ['<%= config.bin %> credentials revoke 0123456789abcdef'],
    path: '/api/me/credentials/{id}',
    schema: credential,
    act: (rest, path, schema) => rest.remove(path, schema),
  }),
};
