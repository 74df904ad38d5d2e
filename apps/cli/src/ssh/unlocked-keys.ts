import type { ParsedKey } from 'ssh2';
import { openKeyFile, parsePrivateKey, type KeyFile } from './key-files.ts';

/** How often a passphrase may be mistyped, as for ssh(1) (`NumberOfPasswordPrompts`). */
const TRIES = 3;

/** Asks for a passphrase without showing it; an empty answer, or none, leaves the key locked. */
export type AskPassphrase = (path: string, isAgain: boolean) => Promise<string | undefined>;

/** Private keys whose files are encrypted, as long as this process lives. Passphrases are not kept, and nothing of it is written anywhere. */
export class UnlockedKeys {
  readonly #keys = new Map<string, ParsedKey>();

  get(path: string): ParsedKey | undefined {
    return this.#keys.get(path);
  }

  /** Asks for the passphrase of a key file once, and again after a wrong one. */
  async unlock({ path }: KeyFile, ask: AskPassphrase): Promise<void> {
    if (this.#keys.has(path)) return;
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
