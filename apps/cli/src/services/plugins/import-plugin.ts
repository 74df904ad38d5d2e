import { isDeepStrictEqual } from 'node:util';
import { ServonautError } from '@servonaut/contracts';
import type { AnyInventorySource, AnyTool } from '@servonaut/plugin-sdk';
import { DESCRIPTION_FILE, pluginDescription } from '@servonaut/plugin-sdk/description';
import { inTime } from '../../ssh/deadline.ts';
import { exportsOf } from '../plugin-package.ts';
import type { InstalledPlugin } from './installed-plugins.ts';

/** How long a plugin may take to be imported, in milliseconds: commands wait for it. */
const IMPORT_MS = 10_000;
const NEVER = new AbortController().signal;

/**
 * Runs the code of an allowed plugin for the first time, and looks whether it brings what its operator was shown.
 * @param also what else of it is imported
 * @throws whatever the plugin throws; ServonautError `config_invalid` when it takes too long, or brings something else
 */
export async function importPlugin(
  plugin: InstalledPlugin,
  also: () => Promise<void>,
  withinMs = IMPORT_MS,
): Promise<void> {
  const late = (): ServonautError => tooLong(plugin.name, withinMs);
  await inTime(withinMs, NEVER, late, async () => {
    const [tools, sources] = await Promise.all([
      exportsOf<AnyTool>(plugin, 'tools', 'TOOLS'),
      exportsOf<AnyInventorySource>(plugin, 'sources', 'SOURCES'),
    ]);
    const brings: unknown = JSON.parse(JSON.stringify(pluginDescription(tools, sources)));
    if (!isDeepStrictEqual(brings, plugin.brings)) throw otherThanShown(plugin.name);
    await also();
  });
}

function tooLong(name: string, withinMs: number): ServonautError {
  return new ServonautError('config_invalid', {
    message: `It is not imported within ${withinMs / 1_000} s.`,
    nextStep: `Run "servonaut plugins revoke ${name}"; its author has it do nothing while it is imported.`,
  });
}

function otherThanShown(name: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `It brings something else than its ${DESCRIPTION_FILE} says.`,
    nextStep: `Run "servonaut plugins revoke ${name}"; its author builds it anew.`,
  });
}
