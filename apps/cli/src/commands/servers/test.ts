import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersTest extends Command {
  static override readonly summary = 'Connect to a server, or to all, run "true" there and show how long it took.';
  static override readonly examples = ['<%= config.bin %> servers test', '<%= config.bin %> servers test web-1'];
  static override readonly args = { name: Args.string({ description: 'The server; all when not given.' }) };
  static readonly json = '{"servers": [{"name", "ok", "connect_ms", "exec_ms", "legacy_algorithms", "error"?}]}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServersTest);
    const [{ openSession }, { testServers }, { renderServerTests, serverTestsJson }, { passphraseAsker }] =
      await Promise.all([
        import('../../session/session.ts'),
        import('../../services/server-test.ts'),
        import('../../ui/render-servers.ts'),
        import('../../ui/ask-secret.ts'),
      ]);
    const tests = await testServers(openSession(flags.profile), args.name, passphraseAsker());
    process.stdout.write(flags.json ? `${JSON.stringify(serverTestsJson(tests))}\n` : renderServerTests(tests));
    if (tests.some(({ error }) => error !== null)) process.exitCode = 1;
  }
}
