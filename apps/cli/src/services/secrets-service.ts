import { ServonautError } from '@servonaut/contracts';
import type { PluginSecretName, PluginSecrets } from '../session/plugin-secrets.ts';
import type { PluginPackage } from './plugin-package.ts';

/**
 * Keeps a secret for a plugin that is installed: one that is stored under a wrong name would never be found.
 * @throws ServonautError `invalid_request` when there is no such plugin or nothing is given, `config_invalid` where nothing keeps it
 */
export async function keepSecret(
  secrets: PluginSecrets,
  plugins: Iterable<Pick<PluginPackage, 'name'>>,
  secret: PluginSecretName,
  give: () => Promise<string | undefined>,
): Promise<void> {
  if (![...plugins].some(({ name }) => name === secret.plugin)) {
    throw new ServonautError('invalid_request', {
      message: `There is no plugin "${secret.plugin}".`,
      nextStep: 'Name it as "servonaut tools list" does.',
    });
  }
  const value = await give();
  if (!value) throw new ServonautError('invalid_request', { message: 'Nothing was given; nothing was stored.' });
  await secrets.set(secret, value);
}
