import { FIRST_PARTY_TOOLS, type ToolManifest } from '@servonaut/contracts';
import { isOwnTool } from './own-tools.ts';

/**
 * The tools that can be called, by name: what every executor of this release has, as the connected executors describe it where they do.
 * The coordinator's own tools cannot be replaced. Sorted, so that the list of one user is the same each time it is asked for.
 */
export function catalogue(
  connected: readonly ToolManifest[],
  firstParty: readonly ToolManifest[] = FIRST_PARTY_TOOLS,
): ToolManifest[] {
  const byName = new Map([...firstParty, ...connected].map((manifest) => [manifest.name, manifest]));
  return [...byName.values()].filter(({ name }) => !isOwnTool(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same for one name, without building the list. */
export function findTool(
  name: string,
  connected: readonly ToolManifest[],
  firstParty: readonly ToolManifest[] = FIRST_PARTY_TOOLS,
): ToolManifest | undefined {
  const named = (manifest: ToolManifest) => manifest.name === name;
  return connected.find(named) ?? firstParty.find(named);
}
