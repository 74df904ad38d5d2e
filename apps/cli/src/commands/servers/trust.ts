import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersTrust extends Command {
  static override readonly summary = "Show a server's host key and, when it is the right one, put it into known_hosts.";
  static override readonly examples = ['<%= config.bin %> servers trust web-1'];
  static override readonly args = { name: Args.string({ description: 'The server.', required: true }) };
  static readonly json = '{"server", "key_type", "fingerprint", "was_trusted"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
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
    const say = (line: string): void => (flags.json ? this.logToStderr(line) : this.log(line));
    say(`${shown.name} shows ${shown.keyType} ${shown.fingerprint}`);
    if (flags.fingerprint !== undefined) checkFingerprint(shown, flags.fingerprint);
    const { name: server, keyType: key_type, fingerprint, isTrusted } = shown;
    if (!isTrusted && flags.fingerprint === undefined)
      await confirmOnTerminal('Is that the fingerprint of the server?');
    if (!isTrusted) await shown.trust();
    if (flags.json) return this.log(JSON.stringify({ server, key_type, fingerprint, was_trusted: isTrusted }));
    this.log(isTrusted ? 'It is on record already.' : 'It is on record now.');
  }
}
