import { join } from 'node:path';
import type { ExecutorManifest } from '@servonaut/contracts';
import { loadPolicy } from '../policy/allow-list-policy.ts';
import type { ToolRunner } from '../relay/tool-runner.ts';
import type { Session } from '../session/session.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { sshSettings } from '../ssh/ssh-settings.ts';
import { sessionInventory } from './session-inventory.ts';
import type { ToolCatalog } from './tool-catalog.ts';
import { ToolPipeline, type ToolPipelineParts } from './tool-pipeline.ts';

/** All that runs tools for one profile on this machine, with or without a relay. */
export interface LocalExecutor {
  readonly tools: ToolRunner;
  /** What this executor can do and where. Reads the inventory anew, for later calls too. */
  manifest(): Promise<ExecutorManifest>;
  /** Closes all connections. */
  close(): void;
}

/** @throws ServonautError `config_invalid` */
export async function openLocalExecutor(
  session: Session,
  catalog: ToolCatalog,
  onFault?: ToolPipelineParts['onFault'],
): Promise<LocalExecutor> {
  const shell = new SshRemoteShell(sshSettings(session.settings));
  let [inventory, policy] = await Promise.all([
    sessionInventory(session),
    loadPolicy(join(session.paths.configDir, 'policy.yaml')),
  ]);
  const tools = new ToolPipeline({
    tools: catalog,
    inventory: () => inventory,
    policy,
    shell,
    ...(onFault && { onFault }),
  });
  return {
    tools,
    manifest: async () => {
      inventory = await sessionInventory(session);
      return { tools: catalog.manifests(), servers: [...inventory.entries] };
    },
    close: () => shell.close(),
  };
}
