import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Doctor extends Command {
  static override readonly summary = 'Look for what is wrong here, at the coordinator, at the hub and at each server.';
  static override readonly description =
    'Mends nothing itself. SERVER chooses servers as "servers list" does; all when not given. Exits with 1 when something has failed. What is printed can be shown to others: servers stand there by their names, unless --show-addresses is given.';
  static override readonly examples = ['<%= config.bin %> doctor', "<%= config.bin %> doctor 'web-*' --json"];
  static override readonly args = {
    server: Args.string({ description: 'Which servers to test; all when not given.' }),
  };
  static override readonly strict = false;
  static readonly json = '{"ok", "findings": [{"check", "subject", "state", "what", "todo", "detail"}]}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    'show-addresses': Flags.boolean({ description: 'Show addresses, and what may hold one.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Doctor);
    const [{ openAnySession }, { examine }, { findingsJson, isWell, renderFindings }, { passphraseAsker }] =
      await Promise.all([
        import('../services/doctor/open-session.ts'),
        import('../services/doctor/doctor.ts'),
        import('../ui/render-doctor.ts'),
        import('../ui/ask-secret.ts'),
      ]);
    const findings = await examine({
      ...openAnySession(flags.profile),
      plugins: [...this.config.plugins.values()],
      ask: passphraseAsker(),
      select: argv as string[],
      showAddresses: flags['show-addresses'],
    });
    process.stdout.write(flags.json ? `${JSON.stringify(findingsJson(findings))}\n` : renderFindings(findings));
    // What a check has given up may be waited for still.
    this.exit(isWell(findings) ? 0 : 1);
  }
}
