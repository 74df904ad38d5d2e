import { GET_REQUEST } from '@servonaut/agent-tools';
import type { ToolManifest } from '@servonaut/contracts';
import { LIST_DELEGATED_SERVERS } from './list-delegated-servers.ts';

/** The coordinator's own tools: they never reach an executor, and no executor can replace them. */
const OWN_TOOLS: readonly ToolManifest[] = [GET_REQUEST, LIST_DELEGATED_SERVERS];

export function isOwnTool(name: string): boolean {
  return OWN_TOOLS.some((tool) => tool.name === name);
}
