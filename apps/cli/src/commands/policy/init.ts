import { Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PolicyInit extends Command {
  static override readonly summary = 'Write a policy to begin with.';
  static override readonly description =
    'Asks on the terminal for what the flags do not say; where nobody can be asked, agents may read, you are asked for the rest, and your own calls run unasked.';
  static override readonly examples = [
    '<%= config.bin %> policy init',
    '<%= config.bin %> policy init --level standard --approval never',
  ];
  static readonly json = '{"file", "level", "approval", "own_calls"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    level: Flags.option({
      description: 'What runs unasked.',
      options: ['readonly', 'standard', 'dangerous'] as const,
    })(),
    approval: Flags.option({
      description: 'What becomes of the rest.',
      options: ['ask', 'never', 'always'] as const,
    })(),
    'own-calls': Flags.option({
      description: 'Whether what you ask for at this machine runs unasked.',
      options: ['allow', 'ask'] as const,
    })(),
    force: Flags.boolean({ description: 'Replace the policy that is there.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PolicyInit);
    const [{ openSession }, { checkNoPolicy, writeFirstPolicy }, { answerer }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/policy/first-policy-file.ts'),
      import('../../ui/ask-choice.ts'),
    ]);
    const session = openSession(flags.profile);
    if (!flags.force) checkNoPolicy(session);
    const answers = answerer();
    const level = await answers.of(
      flags.level,
      'What may agents do unasked? (standard: change things; dangerous: as root, too)',
      ['readonly', 'standard', 'dangerous'],
    );
    const approval = await answers.of(
      flags.approval,
      'What becomes of the rest? (never: it is denied; always: you are asked for everything)',
      ['ask', 'never', 'always'],
    );
    const own = await answers.of(flags['own-calls'], 'And of what you ask for at this machine yourself?', [
      'allow',
      'ask',
    ]);
    answers.end();
    const file = await writeFirstPolicy(session, { level, approval, asksOperator: own === 'ask' }, flags.force);
    if (flags.json) return this.log(JSON.stringify({ file, level, approval, own_calls: own }));
    this.log(`${file} holds from now on. Try it: servonaut policy test --server NAME -- 'COMMAND'`);
  }
}
