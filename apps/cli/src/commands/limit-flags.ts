import { Flags } from '@oclif/core';

/** What limits a credential, for whoever makes or changes one. */
export const LIMIT_FLAGS = {
  tool: Flags.string({ description: 'A tool that it may call; none: all.', multiple: true, multipleNonGreedy: true }),
  server: Flags.string({
    description: 'Servers that it may use: a name, a pattern such as "web-*", or label:key=value; none: all.',
    multiple: true,
    multipleNonGreedy: true,
  }),
  address: Flags.string({
    description: 'Network that it may be used from, such as 192.0.2.0/24; none: anywhere.',
    multiple: true,
    multipleNonGreedy: true,
  }),
  expires: Flags.string({ description: 'When it ends: 12h, 30d, an instant, or never.' }),
  'per-minute': Flags.integer({ description: 'Most calls in a minute, of all tools together.', min: 0 }),
  'per-day': Flags.integer({ description: 'Most calls in a day of UTC, of all tools together.', min: 0 }),
  concurrent: Flags.integer({ description: 'Most calls at the same time, of all tools together.', min: 0 }),
  rules: Flags.string({ description: 'Rules by tool, in YAML or JSON; "-" is stdin.', helpValue: 'FILE' }),
  commands: Flags.string({
    description:
      'The only commands that run_command takes: templates in YAML or JSON; "-" is stdin. Without --tool it calls nothing else.',
    helpValue: 'FILE',
  }),
};

export const LIFT_FLAG = {
  lift: Flags.string({
    description: 'Limit this no more.',
    options: ['tools', 'servers', 'addresses', 'rules', 'commands', 'expires'],
    multiple: true,
    multipleNonGreedy: true,
  }),
};
