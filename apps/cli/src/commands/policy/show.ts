import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PolicyShow extends Command {
  static override readonly summary = 'Show the policy that holds, with every default filled in, and its version.';
  static override readonly examples = ['<%= config.bin %> policy show --json'];
  static readonly json = '{"source", "version", "policy": {…}}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyShow);
    const [{ openSession }, { shownPolicy, shownPolicyText }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/shown-policy.ts'),
    ]);
    const shown = shownPolicy(openSession(flags.profile));
    process.stdout.write(flags.json ? `${JSON.stringify(shown)}\n` : shownPolicyText(shown));
  }
}
