import { join } from 'node:path';
import type { ExecutorManifest } from '@servonaut/contracts';
import { loadPolicy } from '../policy/allow-list-policy.ts';
import type { ToolRunner } from '../relay/tool-runner.ts';
import type { Session } from '../session/session.ts';
import { sshSettings } from '../ssh/ssh-settings.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { sessionInventory } from './session-inventory.ts';
import { loadToolCatalog, type PluginPackage } from './tool-catalog.ts';
import { ToolPipeline } from './tool-pipeline.ts';

/** Everything that this machine can do, ready to be asked by the relay or by the operator. */
export interface OpenExecutor {
  readonly tools: ToolRunner;
  manifest(): Promise<ExecutorManifest>;
  /** Closes all connections to servers. */
  close(): void;
}

/**
 * @param onFault told of what went wrong but is nobody's answer: a tool that threw, an inventory that cannot be read anew
 * @throws ServonautError `config_invalid` naming the file or plugin that is wrong
 */
export async function openExecutor(
  session: Session,
  plugins: Iterable<PluginPackage>,
  onFault: (message: string) => void,
): Promise<OpenExecutor> {
  const [catalog, firstInventory, policy] = await Promise.all([
    loadToolCatalog(plugins),
    sessionInventory(session),
    loadPolicy(join(session.paths.configDir, 'policy.yaml')),
  ]);
  let inventory = firstInventory;
  const shell = new SshRemoteShell(sshSettings(session.settings));
  const tools = new ToolPipeline({
    tools: catalog,
    policy,
    shell,
    inventory: () => inventory,
    onFault: (requestId, error) => onFault(`${requestId}: ${String(error)}`),
  });
  return {
    tools,
    close: () => shell.close(),
    /** Reads the inventory anew. While the operator edits a file, what was read last holds. */
    manifest: async () => {
      inventory = await sessionInventory(session).catch((error: unknown) => {
        onFault(`The servers cannot be read anew: ${(error as Error).message}`);
        return inventory;
      });
      return { tools: catalog.manifests(), servers: [...inventory.entries] };
    },
  };
}
