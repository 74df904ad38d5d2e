import { toolManifestSchema, ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import type { AnyTool } from '../define-tool.ts';
import type { AnyInventorySource } from '../inventory/inventory-source.ts';

/** The file beside package.json. It is data, so that an operator sees what a plugin brings before any of its code runs. */
export const DESCRIPTION_FILE = 'servonaut.json';

/** Most bytes of the file. */
export const LONGEST_DESCRIPTION = 1_048_576;

export const pluginDescriptionSchema = z.strictObject({
  tools: z.array(toolManifestSchema).max(64),
  /** Kinds of inventory sources. */
  sources: z.array(z.string().max(32)).max(64),
});
export type PluginDescription = z.infer<typeof pluginDescriptionSchema>;

/** What a plugin brings, in the order of names. @throws ServonautError `config_invalid` for more than a plugin may bring */
export function pluginDescription(
  tools: readonly Pick<AnyTool, 'manifest'>[],
  sources: readonly Pick<AnyInventorySource, 'kind'>[],
): PluginDescription {
  const described = pluginDescriptionSchema.safeParse({
    tools: tools.map(({ manifest }) => manifest).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    sources: sources.map(({ kind }) => kind).toSorted(),
  });
  if (described.success) return described.data;
  throw new ServonautError('config_invalid', { message: z.prettifyError(described.error) });
}
