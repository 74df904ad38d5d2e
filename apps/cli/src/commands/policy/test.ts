import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PolicyTest extends Command {
  static override readonly summary = 'Show what the policy would decide of a call, and why. Nothing is run.';
  static override readonly description =
    'COMMAND is what run_command would be asked to run; put "--" before it, and quotes around it. Exits with 0 when it would be allowed, 3 when you would be asked, 4 when it would be denied.';
  static override readonly examples = [
    "<%= config.bin %> policy test --server web-1 -- 'find / -delete'",
    '<%= config.bin %> policy test --server web-1 --tool get_logs --principal credential:0123456789abcdef=ci-bot --json',
  ];
  static override readonly args = { command: Args.string({ description: 'Shell text, as an agent would send it.' }) };
  static override readonly strict = false;
  static readonly json =
    '{"decision", "class", "rule", "message", "commands": [{"text", "class", "reason"}], "policyVersion"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    server: Flags.string({ description: 'The server that it is about.', helpValue: 'NAME' }),
    principal: Flags.string({
      description: 'Who asks: operator, user, credential, user:ID or credential:ID, with =LABEL after the id.',
      default: 'user',
      helpValue: 'WHO',
    }),
    tool: Flags.string({ description: 'The tool.', default: 'run_command', helpValue: 'TOOL' }),
    directory: Flags.string({ description: 'Where the command starts.', helpValue: 'FOLDER' }),
    sudo: Flags.boolean({ description: 'As when the tool is asked to run it as root.' }),
    at: Flags.string({ description: 'When, as 2026-11-23T22:30:00+01:00; otherwise now.', helpValue: 'TIME' }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(PolicyTest);
    const [{ openSession }, { tryPolicy, trialTime, TRIAL_EXIT }, { renderDecision }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/policy-trial.ts'),
      import('../../ui/render-policy.ts'),
    ]);
    const { tool, server, principal, directory, sudo } = flags;
    const command = argv.length > 0 ? argv.join(' ') : undefined;
    const now = trialTime(flags.at);
    const trial = { tool, server, principal, command, directory, sudo, now };
    const decision = await tryPolicy(openSession(flags.profile), this.config.plugins.values(), trial);
    process.stdout.write(flags.json ? `${JSON.stringify(decision)}\n` : renderDecision(decision));
    process.exitCode = TRIAL_EXIT[decision.decision];
  }
}
