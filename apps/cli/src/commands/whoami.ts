import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class WhoAmI extends Command {
  static override readonly summary = 'Show whom the coordinator takes this profile for.';
  static override readonly examples = ['<%= config.bin %> whoami'];
  static readonly json =
    '{"profile", "url", "user_id", "user", "label", "client", "scopes", "token_expires_at", "signed_in", "signed_in_until", "tokens_in"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(WhoAmI);
    const [{ openSession }, { whoAmI }, { renderWhoAmI, whoAmIJson }] = await Promise.all([
      import('../session/session.ts'),
      import('../services/whoami-service.ts'),
      import('../ui/render-login.ts'),
    ]);
    const who = await whoAmI(openSession(flags.profile), (message) => this.logToStderr(message));
    process.stdout.write(flags.json ? `${JSON.stringify(whoAmIJson(who))}\n` : renderWhoAmI(who));
  }
}
