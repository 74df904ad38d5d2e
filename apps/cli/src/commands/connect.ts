import { Command, Flags } from '@oclif/core';
import { keepInBackground } from './connect-background.ts';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Connect extends Command {
  static override readonly summary = 'Be the executor: run the requests of your agents on your servers.';
  static override readonly description =
    'Stays connected to the coordinator until SIGINT or SIGTERM; then it takes no new requests, lets running ones end within grace_seconds and stops. A second signal stops at once. On a terminal, p pauses and resumes. With --install it is kept running by systemd, or by launchd on macOS, as a service of yours.';
  static override readonly examples = [
    '<%= config.bin %> connect --profile prod',
    '<%= config.bin %> connect --plain | tee connect.log',
    '<%= config.bin %> connect --install --profile prod',
    '<%= config.bin %> connect --uninstall --profile prod',
  ];
  static readonly json =
    'one event a line: {"time", "event", …}; with --install or --uninstall {"service", "file", "installed", "changed", "warnings", "notes", "commands"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    plain: Flags.boolean({ description: 'Print lines on a terminal, too; nothing is asked there.' }),
    install: Flags.boolean({
      description: 'Show the service that would keep it running, ask, then write it and start it.',
      exclusive: ['uninstall', 'plain'],
    }),
    uninstall: Flags.boolean({
      description: 'Ask, then end that service and remove it.',
      exclusive: ['plain', 'print'],
    }),
    yes: Flags.boolean({
      description: 'With --install or --uninstall: do not ask.',
      relationships: [{ type: 'some', flags: ['install', 'uninstall'] }],
    }),
    print: Flags.boolean({
      description: 'With --install: print the file of the service, and change nothing.',
      dependsOn: ['install'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Connect);
    if (flags.install || flags.uninstall) return keepInBackground(flags, this.config.root);
    const [
      { openSession },
      { openExecutor },
      { connect, connectFacts },
      { openView },
      { stopOnSignals },
      { passphraseAsker },
      { attendToConnect },
      { serveDesk },
      { leftOutOf, leftOutText },
    ] = await Promise.all([
      import('../session/session.ts'),
      import('../services/executor.ts'),
      import('../services/connect-service.ts'),
      import('../ui/choose-view.ts'),
      import('../services/stop-signal.ts'),
      import('../ui/ask-secret.ts'),
      import('../ui/connect-terminal.ts'),
      import('../services/approve-service.ts'),
      import('../services/plugins/left-out.ts'),
    ]);
    const session = openSession(flags.profile);
    const early = leftOutOf(this.config.plugins.values()).map(leftOutText);
    let warn = (message: string): void => void early.push(message);
    const executor = await openExecutor(session, this.config.plugins.values(), (message) => warn(message));
    const ask = passphraseAsker();
    if (ask) await executor.unlockKeys(ask);
    const { view, report, activity } = openView(await connectFacts(session, executor), {
      ...flags,
      term: session.environment.variables['TERM'],
    });
    warn = (message) => report({ event: 'warning', message });
    early.forEach(warn);
    executor.keepServersFresh();
    executor.keepOutputsTidy();
    const leave = attendToConnect(view, executor, flags.json);
    const beside = (): Promise<() => void> => serveDesk(session, executor.approvals, activity, warn);
    try {
      await connect({ session, executor, version: this.config.version, report, stop: stopOnSignals(), beside });
    } finally {
      leave();
      view.close();
      executor.close();
    }
  }
}
