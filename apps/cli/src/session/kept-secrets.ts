import { ServonautError } from '@servonaut/contracts';
import type { Session } from './session.ts';
import { systemKeychain, type Keychain } from './system-keychain.ts';

/** Secrets of a profile in the keychain of the machine, and nowhere else. */
export class KeptSecrets {
  readonly #session: Pick<Session, 'paths' | 'settings'>;
  readonly #keychain: Keychain;
  readonly #sort: string;
  readonly #instead: string;

  /**
   * @param sort what they are, as one word
   * @param instead what to do where there is no keychain
   */
  constructor(
    session: Pick<Session, 'paths' | 'settings'>,
    sort: string,
    instead: string,
    keychain: Keychain = systemKeychain(),
  ) {
    this.#session = session;
    this.#keychain = keychain;
    this.#sort = sort;
    this.#instead = instead;
  }

  /** Undefined when there is none. Rejects with whatever the keychain says when it cannot be asked. */
  async get(name: string): Promise<string | undefined> {
    return this.#isWithoutKeychain ? undefined : this.#keychain({ account: this.#account(name) });
  }

  /** @throws ServonautError `config_invalid` where there is no keychain that keeps it */
  async put(name: string, put: string): Promise<void> {
    if (this.#isWithoutKeychain) {
      throw new ServonautError('config_invalid', {
        message: 'The setting token_store says that this machine has no keychain to use.',
        nextStep: this.#instead,
      });
    }
    await this.#keychain({ account: this.#account(name), put }).catch(this.#unusable);
  }

  /** @throws ServonautError `config_invalid` when the keychain cannot be asked */
  async remove(name: string): Promise<void> {
    if (this.#isWithoutKeychain) return;
    await this.#keychain({ account: this.#account(name), remove: true }).catch(this.#unusable);
  }

  /** In no order. @throws ServonautError `config_invalid` when the keychain cannot be asked */
  async names(): Promise<string[]> {
    if (this.#isWithoutKeychain) return [];
    const prefix = this.#account('');
    const found = await this.#keychain({ account: prefix, list: true }).catch(this.#unusable);
    return (found ?? '')
      .split('\n')
      .filter((account) => account.startsWith(prefix))
      .map((account) => account.slice(prefix.length));
  }

  get #isWithoutKeychain(): boolean {
    return this.#session.settings.token_store.value === 'file';
  }

  /** The folder too, since profiles of two configurations may have one name, and both a secret of one name. */
  #account(name: string): string {
    return `${this.#session.paths.configDir} ${this.#sort} ${name}`;
  }

  readonly #unusable = (cause: unknown): never => {
    throw new ServonautError('config_invalid', {
      message: 'The keychain of this machine cannot be used now.',
      nextStep: `Unlock it. ${this.#instead}`,
      cause,
    });
  };
}
