import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Logout extends Command {
  static override readonly summary = 'End the sign-in of this profile.';
  static override readonly description =
    'Tells the coordinator to end it, and removes what login stored. A running connect of the profile ends, too. A token that was given to login is only removed here.';
  static override readonly examples = ['<%= config.bin %> logout --profile prod'];
  static readonly json = '{"profile", "url", "user", "revoked"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout);
    const [{ openSession }, { logout }, { renderLogout }] = await Promise.all([
      import('../session/session.ts'),
      import('../services/logout-service.ts'),
      import('../ui/render-login.ts'),
    ]);
    const session = openSession(flags.profile);
    const done = await logout(session);
    const profile = session.profile.value;
    this.log(flags.json ? JSON.stringify({ profile, ...done }) : renderLogout(done, profile));
  }
}
