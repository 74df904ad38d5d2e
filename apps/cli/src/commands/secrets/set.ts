import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class SecretsSet extends Command {
  static override readonly summary = 'Keep a secret that a plugin needs in the keychain of this machine.';
  static override readonly description =
    'Asks for it on the terminal, or reads the first line of stdin. The tools of the plugin get it by its name, which its author tells.';
  static override readonly examples = [
    '<%= config.bin %> secrets set @acme/servonaut-plugin-pager API_TOKEN',
    'pass show pager | <%= config.bin %> secrets set @acme/servonaut-plugin-pager API_TOKEN',
  ];
  static override readonly args = {
    plugin: Args.string({ description: 'The plugin, as `tools list` names it.', required: true }),
    name: Args.string({ description: 'Name of the secret.', required: true }),
  };
  static readonly json = '{"plugin", "name"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SecretsSet);
    const [{ openSession }, { PluginSecrets }, { keepSecret }, { givenSecret }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../session/plugin-secrets.ts'),
      import('../../services/secrets-service.ts'),
      import('../../ui/ask-secret.ts'),
    ]);
    const secrets = new PluginSecrets(openSession(flags.profile));
    const { plugin, name } = args;
    await keepSecret(secrets, this.config.plugins.values(), { plugin, name }, () =>
      givenSecret(`${name} of ${plugin}: `),
    );
    this.log(flags.json ? JSON.stringify({ plugin, name }) : 'It is in the keychain of this machine.');
  }
}
