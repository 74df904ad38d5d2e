import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsAllow extends Command {
  static override readonly summary = 'Show what a plugin brings and, when you agree, have it loaded from now on.';
  static override readonly description =
    'For this profile, and for this version with all that it depends on: when a file of it changes, it is not loaded until you allow it again. What is loaded runs as you do.';
  static override readonly examples = [
    '<%= config.bin %> plugins allow @acme/servonaut-plugin-pager',
    '<%= config.bin %> plugins allow @acme/servonaut-plugin-pager --digest sha256:…',
  ];
  static override readonly args = { plugin: Args.string({ description: 'The plugin.', required: true }) };
  static readonly json =
    '{"name", "version", "standing", "fault", "description", "digest", "integrity", "dependencies", "tools", "sources"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    digest: Flags.string({
      description: 'The digest that it must have, as `plugins list --json` has it; without it you are asked.',
      helpValue: 'sha256:…',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsAllow);
    const [{ openSession }, { allowPlugin, findPlugin }, { agreeToPlugin }, { pluginJson, pluginText }] =
      await Promise.all([
        import('../../session/session.ts'),
        import('../../services/plugins/allowed-plugins.ts'),
        import('../../ui/agree-to-plugin.ts'),
        import('../../ui/render-plugin.ts'),
      ]);
    const session = openSession(flags.profile);
    const plugin = await findPlugin(session, args.plugin);
    const { stdout, stderr } = process;
    const output = flags.json ? stderr : stdout;
    output.write(pluginText(plugin, output.columns));
    await agreeToPlugin(plugin, flags.digest);
    await allowPlugin(session, plugin);
    if (flags.json) return this.log(JSON.stringify(pluginJson({ ...plugin, standing: 'allowed' })));
    this.log('It is allowed. Where "servonaut connect" runs, start it again.');
  }
}
