import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { readPrivateFile, removePrivateFile, writePrivateFile, type OthersMay } from './private-file.ts';
import type { ProfilePaths } from './profile-paths.ts';
import { parseTokens, type OauthTokens, type TokenStore } from './token-store.ts';

export function tokensFile(paths: Pick<ProfilePaths, 'configDir'>): string {
  return join(paths.configDir, 'tokens.json');
}

/** A file that its owner alone can read, for machines without a keychain. */
export class FileTokenStore implements TokenStore {
  readonly place = 'file';
  readonly #path: string;
  readonly #othersMay: OthersMay;

  /** @param othersMay with what is loaded; what is saved is for its owner alone */
  constructor(paths: Pick<ProfilePaths, 'configDir'>, othersMay: OthersMay = 'nothing') {
    this.#path = tokensFile(paths);
    this.#othersMay = othersMay;
  }

  async load(): Promise<OauthTokens | undefined> {
    const text = await readPrivateFile(this.#path, this.#othersMay);
    if (text === undefined) return undefined;
    const tokens = parseTokens(text);
    if (tokens) return tokens;
    throw new ServonautError('config_invalid', {
      message: `${this.#path} is damaged.`,
      nextStep: 'Log in again with the profile of this folder.',
    });
  }

  async save(tokens: OauthTokens): Promise<void> {
    await writePrivateFile(this.#path, `${JSON.stringify(tokens)}\n`);
  }

  async remove(): Promise<void> {
    await removePrivateFile(this.#path);
  }
}
