import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PolicyLint extends Command {
  static override readonly summary = 'Show what is wrong with the policy, and what in it is most likely not meant.';
  static override readonly description = 'Exits with 1 when there is a fault, with which nothing would be run.';
  static override readonly examples = ['<%= config.bin %> policy lint'];
  static readonly json = '[{"severity", "line", "message"}]';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyLint);
    const [{ openSession }, { lintPolicy }, { renderLint }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/policy-lint.ts'),
      import('../../ui/render-policy.ts'),
    ]);
    const lint = await lintPolicy(openSession(flags.profile), this.config.plugins.values());
    process.stdout.write(flags.json ? `${JSON.stringify(lint.findings)}\n` : renderLint(lint));
    if (lint.findings.some(({ severity }) => severity === 'fault')) process.exitCode = 1;
  }
}
