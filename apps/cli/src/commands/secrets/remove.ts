import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class SecretsRemove extends Command {
  static override readonly summary = 'Forget a secret that is kept for a plugin.';
  static override readonly examples = ['<%= config.bin %> secrets remove @acme/servonaut-plugin-pager API_TOKEN'];
  static override readonly args = {
    plugin: Args.string({ description: 'The plugin; it need not be installed any more.', required: true }),
    name: Args.string({ description: 'Name of the secret.', required: true }),
  };
  static readonly json = '{"plugin", "name"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SecretsRemove);
    const [{ openSession }, { PluginSecrets }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../session/plugin-secrets.ts'),
    ]);
    const { plugin, name } = args;
    await new PluginSecrets(openSession(flags.profile)).remove({ plugin, name });
    this.log(flags.json ? JSON.stringify({ plugin, name }) : 'It is forgotten.');
  }
}
