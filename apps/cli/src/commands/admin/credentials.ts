import { Args, Command, Flags } from '@oclif/core';
import { LIFT_FLAG, LIMIT_FLAGS } from '../limit-flags.ts';
import { PROFILE_FLAGS } from '../profile-flag.ts';
import { actingCommand, changingCommand, listingCommand, overRest, showAnswer } from '../rest-command.ts';

const credential = async () => (await import('@servonaut/contracts')).credentialSchema;

export class AdminCredentialsCreate extends Command {
  static override readonly summary = 'Issue a credential to a user.';
  static override readonly description =
    'Its token goes to stdout, alone, and is shown this once; all else goes to stderr.';
  static override readonly examples = [
    '<%= config.bin %> admin credentials create ci-bot --user 42 --scope mcp:tools --tool get_server_info --expires 30d',
  ];
  static override readonly args = { label: Args.string({ description: 'What it is for.', required: true }) };
  static readonly json = async () => (await import('@servonaut/contracts')).issuedCredentialSchema;
  static override readonly flags = {
    ...PROFILE_FLAGS,
    ...LIMIT_FLAGS,
    user: Flags.string({ description: 'Id of the user whose it is.', required: true }),
    scope: Flags.string({
      description: 'What it may do: mcp:tools, relay:connect, credentials, admin.',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { flags, args } = await this.parse(AdminCredentialsCreate);
    const [{ issuedCredentialSchema }, { limitsFrom }] = await Promise.all([
      import('@servonaut/contracts'),
      import('../../services/rest/credential-limits.ts'),
    ]);
    const path = `/api/admin/users/${encodeURIComponent(flags.user)}/credentials`;
    const body = { label: args.label, scopes: flags.scope, ...(await limitsFrom(flags)) };
    const made = await overRest(this, flags.profile, (rest) => rest.make(path, issuedCredentialSchema, body));
    await showAnswer(this, made, flags.json);
  }
}

export const ADMIN_CREDENTIAL_COMMANDS = {
  'admin:credentials:create': AdminCredentialsCreate,
  'admin:credentials:list': listingCommand({
    summary: 'List credentials of all users, without their tokens.',
    examples: ['<%= config.bin %> admin credentials list --user 42 --state active'],
    path: '/api/admin/credentials',
    listing: 'everybodysCredentials',
    filters: {
      user: { description: 'Only those of this user, by id.', query: 'user_id' },
      label: { description: 'Only those of this label.' },
      state: { description: 'Only those in this state.', options: ['active', 'revoked', 'expired'] },
      'made-by': { description: 'Only what this credential or grant has issued.', query: 'created_by' },
    },
  }),
  'admin:credentials:show': actingCommand({
    summary: 'Show a credential.',
    examples: ['<%= config.bin %> admin credentials show 0123456789abcdef'],
    path: '/api/admin/credentials/{id}',
    schema: credential,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:credentials:change': changingCommand({
    summary: 'Change the label or the limits of a credential.',
    examples: ['<%= config.bin %> admin credentials change 0123456789abcdef --expires 30d --lift servers'],
    path: '/api/admin/credentials/{id}',
    flags: { ...LIMIT_FLAGS, ...LIFT_FLAG, label: Flags.string({ description: 'Another label.' }) },
    schema: credential,
    change: async ({ label, ...limits }) => {
      const { limitsFrom } = await import('../../services/rest/credential-limits.ts');
      return { ...(label !== undefined && { label }), ...(await limitsFrom(limits)) };
    },
  }),
  'admin:credentials:revoke': actingCommand({
    summary: 'Revoke a credential, for good.',
    description:
      'Calls of it that run are cancelled. The keys for admins and the open invitations that were made with it end too; with --keep-made they stay.',
    examples: [
      '<%= config.bin %> admin credentials revoke 0123456789abcdef',
      '<%= config.bin %> admin credentials revoke 0123456789abcdef --keep-made',
    ],
    path: '/api/admin/credentials/{id}',
    flags: { 'keep-made': Flags.boolean({ description: 'Leave what was made with it.' }) },
    schema: credential,
    act: (rest, path, schema, flags) => rest.remove(path, schema, { made: flags['keep-made'] ? 'keep' : undefined }),
  }),
};
