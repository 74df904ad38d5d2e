import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersTrust extends Command {
  static override readonly summary = "Show a server's host key and, when it is the right one, put it into known_hosts.";
  static override readonly examples = ['<%= config.bin %> servers trust web-1'];
  static override readonly args = { name: Args.string({ description: 'The server.', required: true }) };
  static override readonly flags = {
    profile: PROFILE_FLAGS.profile,
    fingerprint: Flags.string({
      description: 'The fingerprint that the key must have; without it you are asked.',
      helpValue: 'SHA256:…',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ServersTrust);
    const [{ openSession }, { askHostKey, checkFingerprint }, { confirmOnTerminal }, { passphraseAsker }] =
      await Promise.all([
        import('../../session/session.ts'),
        import('../../services/server-trust.ts'),
        import('../../ui/confirm.ts'),
        import('../../ui/ask-secret.ts'),
      ]);
    const shown = await askHostKey(openSession(flags.profile), args.name, passphraseAsker());
    this.log(`${shown.name} shows ${shown.keyType} ${shown.fingerprint}`);
    if (flags.fingerprint !== undefined) checkFingerprint(shown, flags.fingerprint);
    if (shown.isTrusted) return this.log('It is on record already.');
    if (flags.fingerprint === undefined) await confirmOnTerminal('Is that the fingerprint of the server?');
    await shown.trust();
    this.log('It is on record now.');
  }
}
