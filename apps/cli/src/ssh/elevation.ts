import type { ServonautError } from '@servonaut/contracts';
import type { RemoteChannel } from './links/link.ts';
import type { LoginShell } from './ssh-connection.ts';
import { SudoChannel, type SudoPassword } from './sudo-channel.ts';
import { newSudoWords, sudoCommand } from './sudo-command.ts';

/** One command under sudo: its line, and the channel that the line is to be run on. */
export class Elevation {
  readonly #words = newSudoWords();
  readonly #password: SudoPassword;
  #channel: SudoChannel | undefined;

  constructor(password: SudoPassword) {
    this.#password = password;
  }

  /** @param requestId marks the command @throws ServonautError `payload_too_large` */
  line(requestId: string | undefined, command: string, stdin: 'empty' | 'given', shell: LoginShell): string {
    return sudoCommand(requestId, command, stdin, shell, this.#words);
  }

  over(inner: RemoteChannel): RemoteChannel {
    return (this.#channel = new SudoChannel(inner, this.#words, this.#password));
  }

  /** Whether sudo has let the command start. */
  get hasStarted(): boolean {
    return this.#channel?.isStarted ?? false;
  }

  /** Why it has not, once the channel has closed. @param server its name in the inventory */
  failure(server: string): ServonautError | undefined {
    return this.hasStarted ? undefined : this.#channel?.failure(server);
  }

  /** Has sudo give up when it still waits for a password. */
  giveUp(): void {
    this.#channel?.giveUp();
  }

  /** For another command of the same user, with the password that was accepted here: to stop the first one waits for nobody. */
  another(): Elevation {
    const accepted = this.#channel?.accepted;
    return new Elevation(accepted ? async () => accepted : this.#password);
  }
}
