import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersSudo extends Command {
  static override readonly summary =
    'Keep the password that sudo asks for on a server in the keychain of this machine.';
  static override readonly description =
    'Asks for it on the terminal, or reads the first line of stdin. From then on tools that ask for sudo get it there, and whoever may call them on this server acts as root. It is not needed where sudoers says NOPASSWD.';
  static override readonly examples = [
    '<%= config.bin %> servers sudo web-1',
    '<%= config.bin %> servers sudo web-1 --remove',
  ];
  static override readonly args = { name: Args.string({ description: 'The server.', required: true }) };
  static readonly json = '{"server", "kept"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    remove: Flags.boolean({ description: 'Forget the password.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServersSudo);
    const [{ openSession }, { forgetSudoPassword, keepSudoPassword }, { givenSecret }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/sudo-password.ts'),
      import('../../ui/ask-secret.ts'),
    ]);
    const session = openSession(flags.profile);
    const ask = () => givenSecret(`Password that sudo asks for on ${args.name}: `);
    if (flags.remove) await forgetSudoPassword(session, args.name);
    else await keepSudoPassword(session, args.name, ask);
    if (flags.json) return this.log(JSON.stringify({ server: args.name, kept: !flags.remove }));
    this.log(flags.remove ? 'It is forgotten.' : 'It is in the keychain of this machine.');
  }
}
