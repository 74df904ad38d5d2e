import type { Command } from '@oclif/core';
import { PluginsAllow } from './allow.ts';
import { PluginsCreate } from './create.ts';
import { PluginsInstall } from './install.ts';
import { PluginsList } from './list.ts';
import { PluginsRevoke } from './revoke.ts';
import { PluginsUninstall } from './uninstall.ts';

export const PLUGIN_COMMANDS: Record<string, Command.Class> = {
  'plugins:allow': PluginsAllow,
  'plugins:create': PluginsCreate,
  'plugins:install': PluginsInstall,
  'plugins:list': PluginsList,
  'plugins:revoke': PluginsRevoke,
  'plugins:uninstall': PluginsUninstall,
};
