import { ServonautError } from '@servonaut/contracts';
import type { ProfilePaths } from './profile-paths.ts';
import type { Keychain } from './system-keychain.ts';
import { parseTokens, type OauthTokens, type TokenStore } from './token-store.ts';

/** About as long as tokens are: the Credential Manager of Windows takes 1,280 characters. */
const PROBE = 'probe'.padEnd(1_024, '.');

/** One entry for each profile. */
export class KeychainTokenStore implements TokenStore {
  readonly place = 'keychain';
  readonly #keychain: Keychain;
  /** The folder, since profiles of two configurations may have one name. */
  readonly #account: string;

  constructor(keychain: Keychain, { configDir }: Pick<ProfilePaths, 'configDir'>) {
    this.#keychain = keychain;
    this.#account = configDir;
  }

  /** Whether what is put here is found again. Leaves nothing behind. */
  async works(): Promise<boolean> {
    const account = `${this.#account} (probe)`;
    try {
      await this.#keychain({ account, put: PROBE });
      await this.#keychain({ account, remove: true });
      return true;
    } catch {
      // Whatever is wrong with it, the answer is no, and the caller says where tokens go instead.
      return false;
    }
  }

  async load(): Promise<OauthTokens | undefined> {
    const text = await this.#keychain({ account: this.#account }).catch(unusable);
    return text === undefined ? undefined : parseTokens(text);
  }

  async save(tokens: OauthTokens): Promise<void> {
    await this.#keychain({ account: this.#account, put: JSON.stringify(tokens) }).catch(unusable);
  }

  async remove(): Promise<void> {
    await this.#keychain({ account: this.#account, remove: true }).catch(unusable);
  }
}

function unusable(cause: unknown): never {
  throw new ServonautError('config_invalid', {
    message: 'The keychain of this machine, which holds the tokens, cannot be used now.',
    nextStep: 'Unlock it, or set token_store to "file" and log in again with this profile.',
    cause,
  });
}
