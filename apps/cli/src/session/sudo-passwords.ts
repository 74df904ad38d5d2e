import { ServonautError } from '@servonaut/contracts';
import type { Session } from './session.ts';
import { systemKeychain, type Keychain } from './system-keychain.ts';

const WITHOUT_KEYCHAIN =
  'Allow the commands without a password (NOPASSWD in sudoers), or run "servonaut connect" where there is a keychain.';

/** The passwords that sudo asks for, one for each server of a profile: in the keychain of the machine, and nowhere else. */
export class SudoPasswords {
  readonly #session: Pick<Session, 'paths' | 'settings'>;
  readonly #keychain: Keychain;

  constructor(session: Pick<Session, 'paths' | 'settings'>, keychain: Keychain = systemKeychain()) {
    this.#session = session;
    this.#keychain = keychain;
  }

  /** Undefined when there is none. Rejects when the keychain cannot be asked. */
  async get(server: string): Promise<string | undefined> {
    return this.#isWithoutKeychain ? undefined : this.#keychain({ account: this.#account(server) });
  }

  /** @throws ServonautError `config_invalid` where there is no keychain that keeps it */
  async set(server: string, password: string): Promise<void> {
    if (this.#isWithoutKeychain) {
      throw new ServonautError('config_invalid', {
        message: 'The setting token_store says that this machine has no keychain to use.',
        nextStep: WITHOUT_KEYCHAIN,
      });
    }
    await this.#keychain({ account: this.#account(server), put: password }).catch(unusable);
  }

  /** @throws ServonautError `config_invalid` when the keychain cannot be asked */
  async remove(server: string): Promise<void> {
    if (this.#isWithoutKeychain) return;
    await this.#keychain({ account: this.#account(server), remove: true }).catch(unusable);
  }

  get #isWithoutKeychain(): boolean {
    return this.#session.settings.token_store.value === 'file';
  }

  /** The folder too, since profiles of two configurations may have one name, and both a server of one name. */
  #account(server: string): string {
    return `${this.#session.paths.configDir} sudo ${server}`;
  }
}

function unusable(cause: unknown): never {
  throw new ServonautError('config_invalid', {
    message: 'The keychain of this machine cannot be used now.',
    nextStep: `Unlock it. ${WITHOUT_KEYCHAIN}`,
    cause,
  });
}
