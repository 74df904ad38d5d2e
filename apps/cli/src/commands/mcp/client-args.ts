import { Args, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

/** As `CLIENT_NAMES` of the service, which a command loads when it runs. */
const CLIENTS = ['claude', 'cursor', 'vscode', 'codex', 'gemini'] as const;

export const CLIENT_ARGS = {
  client: Args.custom<(typeof CLIENTS)[number]>({ options: [...CLIENTS] })({
    description: 'Claude Code, Cursor, VS Code, Codex or Gemini CLI.',
    required: true,
  }),
};

/** Of both commands: what was, or would be, written. */
export const CHANGE_JSON = '{"client", "name", "file", "change", "written", "kept", "notes"}';

export const CHANGE_FLAGS = {
  ...PROFILE_FLAGS,
  name: Flags.string({ description: 'The name of the server in the client.', default: 'servonaut', helpValue: 'NAME' }),
  print: Flags.boolean({ description: 'Show what would change, and write nothing.' }),
  yes: Flags.boolean({ description: 'Write it without asking.', exclusive: ['print'] }),
};
