import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Completion extends Command {
  static override readonly summary = 'Print what has a shell complete the commands, flags, profiles and servers.';
  static override readonly description =
    'Made of the commands that there are now, with those of plugins that the profile allows; print it anew when they are others.';
  static override readonly examples = [
    "echo 'source <(servonaut completion bash)' >> ~/.bashrc",
    "echo 'source <(servonaut completion zsh)' >> ~/.zshrc",
    '<%= config.bin %> completion fish > ~/.config/fish/completions/servonaut.fish',
  ];
  static override readonly args = {
    shell: Args.string({ description: 'The shell.', options: ['bash', 'zsh', 'fish'], required: true }),
  };

  static readonly json = '{"shell", "script"}';
  static override readonly flags = { json: PROFILE_FLAGS.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    const [{ completionScript, COMPLETED_SHELLS }, { readEnvironment }] = await Promise.all([
      import('../ui/completion/completion-script.ts'),
      import('../session/environment.ts'),
    ]);
    const shell = COMPLETED_SHELLS.find((name) => name === args.shell) ?? 'bash';
    const { commands, topics } = this.config;
    const script = completionScript(shell, commands, topics, readEnvironment());
    process.stdout.write(flags.json ? `${JSON.stringify({ shell, script })}\n` : script);
  }
}
