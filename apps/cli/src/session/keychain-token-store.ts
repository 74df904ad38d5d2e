import { ServonautError } from '@servonaut/contracts';
import type { ProfilePaths } from './profile-paths.ts';
import { parseTokens, type OauthTokens, type TokenStore } from './token-store.ts';

/** What is used of `@napi-rs/keyring`. */
export interface Keychain {
  /** Perhaps in what a restart of the machine empties: only what `find` answers is kept. */
  set(account: string, secret: string): Promise<void>;
  /** Only in what outlives a restart of the machine. @throws when there is no such thing here */
  find(account: string): Promise<string | undefined>;
  /** Perhaps elsewhere, as `set`. */
  remove(account: string): Promise<void>;
}

const SERVICE = 'servonaut';
/** For somebody to unlock the keychain; on a machine where nobody sits, the time until the file is used. */
const PATIENCE_MS = 30_000;

/**
 * The keychain of the operating system: Keychain, Credential Manager, or a Secret Service. Loaded only when it is used. Where there is no Secret
 * Service, or none any more, an entry silently turns to the keyring of the kernel, which a restart of the machine empties; the search does not.
 */
export async function systemKeychain(): Promise<Keychain> {
  const { AsyncEntry, findCredentialsAsync } = await import('@napi-rs/keyring');
  const within = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
  return {
    set: (account, secret) => new AsyncEntry(SERVICE, account).setPassword(secret, within()),
    find: async (account) => {
      const found = await findCredentialsAsync(SERVICE, undefined, within());
      return found.find((credential) => credential.account === account)?.password;
    },
    remove: async (account) => {
      await new AsyncEntry(SERVICE, account).deleteCredential(within());
    },
  };
}

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
    const probe = `${this.#account} (probe)`;
    try {
      await this.#put(probe, 'probe');
      await this.#takeAway(probe);
      return true;
    } catch {
      // Whatever is wrong with it, the answer is no, and the caller says where tokens go instead.
      return false;
    }
  }

  async load(): Promise<OauthTokens | undefined> {
    const text = await this.#keychain.find(this.#account).catch(unusable);
    return text === undefined ? undefined : parseTokens(text);
  }

  async save(tokens: OauthTokens): Promise<void> {
    await this.#put(this.#account, JSON.stringify(tokens)).catch(unusable);
  }

  async remove(): Promise<void> {
    await this.#takeAway(this.#account).catch(unusable);
  }

  async #put(account: string, secret: string): Promise<void> {
    // First, since it fails where `set` would put the secret elsewhere.
    await this.#keychain.find(account);
    await this.#keychain.set(account, secret);
    if ((await this.#keychain.find(account)) !== secret) throw new Error('not kept');
  }

  async #takeAway(account: string): Promise<void> {
    await this.#keychain.remove(account);
    if ((await this.#keychain.find(account)) !== undefined) throw new Error('not removed');
  }
}

function unusable(cause: unknown): never {
  throw new ServonautError('config_invalid', {
    message: 'The keychain of this machine, which holds the tokens, cannot be used now.',
    nextStep: 'Unlock it, or set token_store to "file" and run "servonaut login" again.',
    cause,
  });
}
