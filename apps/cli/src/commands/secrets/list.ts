import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class SecretsList extends Command {
  static override readonly summary = 'List the secrets that are kept for plugins, by name.';
  static override readonly examples = ['<%= config.bin %> secrets list', '<%= config.bin %> secrets list --json'];
  static readonly json = '[{"plugin", "name"}]';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(SecretsList);
    const [{ openSession }, { PluginSecrets }, { table }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../session/plugin-secrets.ts'),
      import('../../ui/plain-text.ts'),
    ]);
    const found = await new PluginSecrets(openSession(flags.profile)).list();
    if (flags.json) this.log(JSON.stringify(found));
    else process.stdout.write(table([['PLUGIN', 'NAME'], ...found.map(({ plugin, name }) => [plugin, name])]));
  }
}
