import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ConfigShow extends Command {
  static override readonly summary = 'Show every setting and where it comes from.';
  static override readonly examples = ['<%= config.bin %> config show --profile prod'];
  static readonly json = '[{"name", "value", "source", "meaning"}]';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const [{ openSession }, { shownSettings }, { table }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/config-service.ts'),
      import('../../ui/plain-text.ts'),
    ]);
    const settings = await shownSettings(openSession(flags.profile));
    const rows = settings.map(({ name, value, source, meaning }) => [name, String(value), source, meaning]);
    if (flags.json) this.log(JSON.stringify(settings));
    else process.stdout.write(table([['SETTING', 'VALUE', 'FROM', 'MEANING'], ...rows]));
  }
}
