import { Flags } from '@oclif/core';

/** Flags that every command has which acts on a profile. */
export const PROFILE_FLAGS = {
  profile: Flags.string({
    description: 'The profile; otherwise SERVONAUT_PROFILE, settings.yaml, "default".',
    helpValue: 'NAME',
  }),
  json: Flags.boolean({ description: 'Print JSON.' }),
};
