import { Args, Command, Flags } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import type { Desks } from '../approval/desks.ts';
import type { ApprovalAnswer } from '../approval/shown-approval.ts';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Approve extends Command {
  static override readonly summary =
    'Answer for "connect" and "mcp serve", from another terminal, what agents ask for.';
  static override readonly description =
    'Without arguments it stays, shows each call that waits for you, and takes your answer by a key; as long as it runs, somebody is there to be asked. With a hash it answers that one call: approves it once, unless a flag says otherwise. To deny, its start is enough.';
  static override readonly examples = [
    '<%= config.bin %> approve --profile prod',
    '<%= config.bin %> approve --list',
    '<%= config.bin %> approve Jx0_Qm2A --deny',
  ];
  static override readonly args = {
    hash: Args.string({ description: 'Hash of a call, as --list shows it.' }),
  };
  static readonly json =
    'with --list [{"hash", "principal", "tool", "servers", "arguments", "class", "commands", …}]; with HASH {"hash", "answer"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    list: Flags.boolean({ description: 'Show what waits, and end.' }),
    remember: Flags.boolean({ description: 'Approve this exact call for a while.', exclusive: ['deny', 'pause'] }),
    deny: Flags.boolean({ description: 'Deny it.', exclusive: ['pause'] }),
    pause: Flags.boolean({ description: 'Deny it, and pause the executor.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Approve);
    const [{ openSession }, { answerByHash, openDesks }, { renderApproval, approvalTitle }, { asciiJson }] =
      await Promise.all([
        import('../session/session.ts'),
        import('../services/approve-service.ts'),
        import('../ui/render-approval.ts'),
        import('../ui/plain-text.ts'),
      ]);
    const desk = await openDesks(openSession(flags.profile));
    try {
      if (flags.list) {
        if (flags.json) this.log(asciiJson(desk.waiting));
        else
          this.log(
            desk.waiting.map((one) => `${one.hash}\n${renderApproval(one, process.stdout.columns)}`).join('\n') ||
              'Nothing waits.',
          );
      } else if (args.hash === undefined) await this.#stay(desk);
      else {
        const answer = answerOf(flags);
        const asked = await answerByHash(desk, args.hash, answer);
        this.log(flags.json ? JSON.stringify({ hash: asked.hash, answer }) : `${approvalTitle(asked)}: ${answer}.`);
      }
    } finally {
      desk.close();
    }
  }

  async #stay(desk: Desks): Promise<void> {
    const [{ TerminalKeys }, { ApprovalPrompt }, { stopOnSignals }] = await Promise.all([
      import('../ui/terminal-keys.ts'),
      import('../ui/approval-prompt.ts'),
      import('../services/stop-signal.ts'),
    ]);
    const keys = TerminalKeys.open();
    if (!keys) {
      throw new ServonautError('approval_unavailable', {
        message: 'There is no terminal to ask on.',
        nextStep: 'Use --list, and answer with the hash.',
      });
    }
    desk.attend();
    this.log('You are asked here about what waits; q ends.');
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    stopOnSignals().addEventListener('abort', () => end());
    const onOtherKey = (key: string): void => void (key === 'q' && end());
    keys.listen(onOtherKey);
    const prompt = new ApprovalPrompt({
      counter: desk,
      keys,
      onOtherKey,
      show: (question) => question && this.log(`\n${question.text}${question.hint}`),
      warn: (message) => this.log(message),
    });
    try {
      await Promise.race([ended, desk.closed]);
    } finally {
      prompt.close();
      keys.close();
    }
  }
}

function answerOf(flags: { remember: boolean; deny: boolean; pause: boolean }): ApprovalAnswer {
  if (flags.pause) return 'pause';
  if (flags.deny) return 'deny';
  return flags.remember ? 'remember' : 'once';
}
