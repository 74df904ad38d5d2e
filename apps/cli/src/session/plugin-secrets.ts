import { ServonautError } from '@servonaut/contracts';
import { KeptSecrets } from './kept-secrets.ts';
import type { Session } from './session.ts';
import type { Keychain } from './system-keychain.ts';

/** A name of npm, and one that is fit for a command line. */
const PLUGIN = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const WITHOUT_KEYCHAIN = 'Run "servonaut connect" where there is a keychain.';

export interface PluginSecretName {
  readonly plugin: string;
  readonly name: string;
}

/** What the operator has stored for plugins. */
export class PluginSecrets {
  readonly #kept: KeptSecrets;

  constructor(session: Pick<Session, 'paths' | 'settings'>, keychain?: Keychain) {
    this.#kept = new KeptSecrets(session, 'secret', WITHOUT_KEYCHAIN, keychain);
  }

  /** @throws ServonautError `config_invalid` when there is none, with the command that stores it; `invalid_request` for a name that none has */
  async get(secret: PluginSecretName): Promise<string> {
    const key = keyOf(secret);
    const command = `servonaut secrets set ${secret.plugin} ${secret.name}`;
    const value = await this.#kept.get(key).catch((cause: unknown) => {
      throw missing(`The keychain of this machine does not give the secret ${secret.name}.`, command, cause);
    });
    if (value !== undefined) return value;
    throw missing(`The secret ${secret.name} of the plugin ${secret.plugin} is not stored.`, command);
  }

  /** @throws ServonautError `invalid_request` for a name that does not do, `config_invalid` where there is no keychain that keeps it */
  async set(secret: PluginSecretName, value: string): Promise<void> {
    await this.#kept.put(keyOf(secret), value);
  }

  /** @throws ServonautError as `set` */
  async remove(secret: PluginSecretName): Promise<void> {
    await this.#kept.remove(keyOf(secret));
  }

  /** In the order of plugins and names. @throws ServonautError `config_invalid` when the keychain cannot be asked */
  async list(): Promise<PluginSecretName[]> {
    const keys = (await this.#kept.names()).toSorted();
    return keys.map((key) => key.split(' ')).map(([plugin = '', name = '']) => ({ plugin, name }));
  }
}

function keyOf({ plugin, name }: PluginSecretName): string {
  if (PLUGIN.test(plugin) && NAME.test(name)) return `${plugin} ${name}`;
  throw new ServonautError('invalid_request', {
    message: 'That is no name of a plugin, or of a secret.',
    nextStep: 'Name the plugin as "servonaut tools list" does, and the secret with up to 64 letters, digits or "_.-".',
  });
}

function missing(message: string, command: string, cause?: unknown): ServonautError {
  return new ServonautError('config_invalid', { message, nextStep: `The operator runs "${command}".`, cause });
}
