import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Resume extends Command {
  static override readonly summary = 'Run requests again, after "pause".';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(Resume);
    const [{ openSession }, { PauseFile }, { pauseJson }] = await Promise.all([
      import('../session/session.ts'),
      import('../pause/pause-file.ts'),
      import('../ui/render-pause.ts'),
    ]);
    const { paths, profile } = openSession(flags.profile);
    await new PauseFile(paths.stateDir).resume();
    const { value } = profile;
    this.log(flags.json ? JSON.stringify(pauseJson(value, undefined)) : `Profile ${value} runs requests again.`);
  }
}
