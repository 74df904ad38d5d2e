import { Flags } from '@oclif/core';
import { actingCommand, changingCommand, listingCommand } from '../rest-command.ts';

const user = async () => (await import('@servonaut/contracts')).userSchema;
const NO_PLAN = 'none';

const CHANGE_FLAGS = {
  disable: Flags.boolean({
    description: 'Refuse all of their tokens and end their sessions.',
    exclusive: ['enable'],
  }),
  enable: Flags.boolean({ description: 'Let them in again.' }),
  role: Flags.string({ description: 'What they are.', options: ['member', 'admin'] }),
  plan: Flags.string({ description: 'Name of the plan, or "none".' }),
  rules: Flags.string({
    description: 'Rules by tool, in YAML or JSON; "-" is stdin; "none" takes theirs away.',
    helpValue: 'FILE',
  }),
};

async function changeOf(flags: {
  readonly disable: boolean;
  readonly enable: boolean;
  readonly role?: string | undefined;
  readonly plan?: string | undefined;
  readonly rules?: string | undefined;
}): Promise<object> {
  const { disable, enable, role, plan, rules } = flags;
  return {
    ...((disable || enable) && { disabled: !enable }),
    ...(role !== undefined && { role }),
    ...(plan !== undefined && { plan: plan === NO_PLAN ? null : plan }),
    ...(rules !== undefined && { rules: rules === 'none' ? null : await rulesIn(rules) }),
  };
}

async function rulesIn(file: string): Promise<object> {
  const [{ entitlementRulesSchema }, { readGiven }] = await Promise.all([
    import('@servonaut/contracts'),
    import('../../services/rest/given-limits.ts'),
  ]);
  return readGiven(file, entitlementRulesSchema);
}

export const ADMIN_USER_COMMANDS = {
  'admin:users:list': listingCommand({
    summary: 'List users.',
    examples: ['<%= config.bin %> admin users list --all'],
    path: '/api/admin/users',
    listing: 'users',
  }),
  'admin:users:show': actingCommand({
    summary: 'Show a user.',
    examples: ['<%= config.bin %> admin users show 42'],
    path: '/api/admin/users/{user}',
    schema: user,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:users:limits': actingCommand({
    summary: 'Show what limits the calls of a user: the rules of their plan, and those set for them.',
    examples: ['<%= config.bin %> admin users limits 42 --json'],
    path: '/api/admin/users/{user}/entitlements',
    schema: async () => (await import('@servonaut/contracts')).effectiveEntitlementsSchema,
    act: (rest, path, schema) => rest.read(path, schema),
  }),
  'admin:users:create': actingCommand({
    summary: 'Make a user.',
    examples: ['<%= config.bin %> admin users create --name ada --plan team'],
    path: '/api/admin/users',
    flags: {
      name: Flags.string({ description: 'Its name, which no other user has.', required: true }),
      plan: Flags.string({ description: 'Its plan, or "none"; otherwise the one that the coordinator gives.' }),
    },
    schema: user,
    act: (rest, path, schema, { name, plan }) =>
      rest.make(path, schema, { name, ...(plan !== undefined && { plan: plan === NO_PLAN ? null : plan }) }),
  }),
  'admin:users:change': changingCommand({
    summary: 'Disable a user or enable them again; give them a role, a plan, or rules of their own.',
    description: "All holds from the next call on. Rules of their own stand in place of the plan's for the same tools.",
    examples: [
      '<%= config.bin %> admin users change 42 --disable',
      '<%= config.bin %> admin users change 42 --plan solo --rules rules.yaml',
    ],
    path: '/api/admin/users/{user}',
    flags: CHANGE_FLAGS,
    schema: user,
    change: changeOf,
  }),
};
