import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ServonautError, WIRE_LIMITS, type ToolManifest } from '@servonaut/contracts';
import type { AnyTool } from '@servonaut/plugin-sdk';
import { DESCRIPTION_FILE, pluginDescription } from '@servonaut/plugin-sdk/description';
import type { PluginPackage } from '../plugin-package.ts';

/**
 * Whether the tools of a plugin are those that its operator was shown.
 * @throws ServonautError `config_invalid`
 */
export async function checkDescribed({ name, root }: PluginPackage, tools: readonly AnyTool[]): Promise<void> {
  const shown = JSON.parse(await readFile(join(root, DESCRIPTION_FILE), 'utf8')) as { tools: unknown };
  const loaded: unknown = JSON.parse(JSON.stringify(pluginDescription(tools, []).tools));
  if (isDeepStrictEqual(loaded, shown.tools)) return;
  throw new ServonautError('config_invalid', {
    message: `The plugin ${name} has other tools than its ${DESCRIPTION_FILE} says.`,
    nextStep: `Run "servonaut plugins revoke ${name}"; its author builds it anew.`,
  });
}

/** What agents see of a tool that is not ours: whose words its description is. */
export function markedManifest(manifest: ToolManifest, plugin: string): ToolManifest {
  const description = `From the plugin ${plugin}: ${manifest.description}`;
  return { ...manifest, description: description.slice(0, WIRE_LIMITS.toolDescriptionLength).toWellFormed() };
}
