import type { ParsedKey } from 'ssh2';
import { openKeyFile, parsePrivateKey, type KeyFile } from './key-files.ts';

/** How often a passphrase may be mistyped, as for ssh(1) (`NumberOfPasswordPrompts`). */
const TRIES = 3;

/** Asks for a passphrase without showing it; an empty answer, or none, leaves the key locked. */
export type AskPassphrase = (path: string, isAgain: boolean) => Promise<string | undefined>;

/** Private keys whose files are encrypted, as long as this process lives. Passphrases are not kept, and nothing of it is written anywhere. */
export class UnlockedKeys {
  readonly #keys = new Map<string, ParsedKey>();

  /** As long as it is the key of the file: one that has been replaced is unlocked anew. */
  get({ path, publicKey }: Pick<KeyFile, 'path' | 'publicKey'>): ParsedKey | undefined {
    const key = this.#keys.get(path);
    return !publicKey || key?.getPublicSSH().equals(publicKey) ? key : undefined;
  }

  /** Asks for the passphrase of a key file once, and again after a wrong one. */
  async unlock(file: KeyFile, ask: AskPassphrase): Promise<void> {
    if (this.get(file)) return;
    const { path } = file;
    const { data } = await openKeyFile(path);
    for (let tries = 0; tries < TRIES; tries++) {
      const passphrase = await ask(path, tries > 0);
      if (!passphrase) return;
      const key = parsePrivateKey(data, passphrase);
      if (key instanceof Error || !key.isPrivateKey()) continue;
      this.#keys.set(path, key);
      return;
    }
  }
}
