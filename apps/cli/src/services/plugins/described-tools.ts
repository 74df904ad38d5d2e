import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ServonautError, WIRE_LIMITS, type ToolManifest } from '@servonaut/contracts';
import type { AnyInventorySource, AnyTool } from '@servonaut/plugin-sdk';
import { DESCRIPTION_FILE, pluginDescription, type PluginDescription } from '@servonaut/plugin-sdk/description';
import type { PluginPackage } from '../plugin-package.ts';

/**
 * Whether what a plugin brings is what its operator was shown.
 * @throws ServonautError `config_invalid`
 */
export async function checkDescribed(
  { name, root }: PluginPackage,
  sort: keyof PluginDescription,
  tools: readonly AnyTool[],
  sources: readonly AnyInventorySource[],
): Promise<void> {
  const shown = JSON.parse(await readFile(join(root, DESCRIPTION_FILE), 'utf8')) as PluginDescription;
  const loaded: unknown = JSON.parse(JSON.stringify(pluginDescription(tools, sources)[sort]));
  if (isDeepStrictEqual(loaded, shown[sort])) return;
  throw new ServonautError('config_invalid', {
    message: `The plugin ${name} has other ${sort} than its ${DESCRIPTION_FILE} says.`,
    nextStep: `Run "servonaut plugins revoke ${name}"; its author builds it anew.`,
  });
}

/** What agents see of a tool that is not ours: whose words its description is. */
export function markedManifest(manifest: ToolManifest, plugin: string): ToolManifest {
  const description = `From the plugin ${plugin}: ${manifest.description}`;
  return { ...manifest, description: description.slice(0, WIRE_LIMITS.toolDescriptionLength).toWellFormed() };
}
