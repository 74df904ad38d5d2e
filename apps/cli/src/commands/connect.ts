import { Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Connect extends Command {
  static override readonly summary = 'Be the executor: run the requests of your agents on your servers.';
  static override readonly description =
    'Stays connected to the coordinator until SIGINT or SIGTERM; then it takes no new requests, lets running ones end within grace_seconds and stops. A second signal stops at once. On a terminal, p pauses and resumes.';
  static override readonly examples = [
    '<%= config.bin %> connect --profile prod',
    '<%= config.bin %> connect --plain | tee connect.log',
  ];
  static override readonly flags = {
    ...PROFILE_FLAGS,
    plain: Flags.boolean({ description: 'Print lines on a terminal, too; nothing is asked there.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Connect);
    const [
      { openSession },
      { openExecutor },
      { connect, connectFacts },
      { openView },
      { stopOnSignals },
      { passphraseAsker },
      { attendToConnect },
      { serveDesk },
    ] = await Promise.all([
      import('../session/session.ts'),
      import('../services/executor.ts'),
      import('../services/connect-service.ts'),
      import('../ui/choose-view.ts'),
      import('../services/stop-signal.ts'),
      import('../ui/ask-secret.ts'),
      import('../ui/connect-terminal.ts'),
      import('../services/approve-service.ts'),
    ]);
    const session = openSession(flags.profile);
    const early: string[] = [];
    let warn = (message: string): void => void early.push(message);
    const executor = await openExecutor(session, this.config.plugins.values(), (message) => warn(message));
    const ask = passphraseAsker();
    if (ask) await executor.unlockKeys(ask);
    const { view, report, activity } = openView(await connectFacts(session, executor), flags);
    warn = (message) => report({ event: 'warning', message });
    early.forEach(warn);
    executor.keepServersFresh();
    executor.keepOutputsTidy();
    const leave = attendToConnect(view, executor, flags.json);
    const closeDesk = await serveDesk(session, executor.approvals, activity, warn);
    try {
      await connect({ session, executor, version: this.config.version, report, stop: stopOnSignals() });
    } finally {
      closeDesk();
      leave();
      view.close();
      executor.close();
    }
  }
}
