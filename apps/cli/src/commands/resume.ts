import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Resume extends Command {
  static override readonly summary = 'Run requests again, after "pause".';
  static override readonly examples = ['<%= config.bin %> resume --profile prod'];
  static readonly json = '{"profile", "paused": null}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(Resume);
    const [{ openSession }, { resumeProfile }, { pauseJson }] = await Promise.all([
      import('../session/session.ts'),
      import('../services/pause-service.ts'),
      import('../ui/render-pause.ts'),
    ]);
    const session = openSession(flags.profile);
    await resumeProfile(session, (message) => this.warn(message));
    const { value } = session.profile;
    this.log(flags.json ? JSON.stringify(pauseJson(value, undefined)) : `Profile ${value} runs requests again.`);
  }
}
