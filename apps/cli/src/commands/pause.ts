import { Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class PauseCommand extends Command {
  static override readonly summary = 'Stop what runs, and refuse everything until "resume".';
  static override readonly description =
    'Holds for every executor and every command of a tool of this profile on this machine, within a moment, and until "resume", also when they are started anew. Agents are told, with the reason.';
  static override readonly examples = ['<%= config.bin %> pause --reason "the database is being moved"'];
  static readonly json = '{"profile", "paused": {"since", "reason"}}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    reason: Flags.string({ description: 'Why, for agents to read; up to 300 characters.', helpValue: 'TEXT' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PauseCommand);
    const [{ pauseProfile }, { renderPaused, pauseJson }] = await Promise.all([
      import('../services/pause-service.ts'),
      import('../ui/render-pause.ts'),
    ]);
    const { profile, pause } = await pauseProfile(flags, (message) => this.warn(message));
    this.log(flags.json ? JSON.stringify(pauseJson(profile, pause)) : renderPaused(profile, pause));
  }
}
