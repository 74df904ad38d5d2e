import { join } from 'node:path';
import type { ExecutorManifest } from '@servonaut/contracts';
import { PolicyFile } from '../policy/policy-file.ts';
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
 * @param onFault told of what the operator should know and is nobody's answer: a tool that threw, an inventory that cannot be read anew, a policy that has changed
 * @throws ServonautError `config_invalid` naming the file or plugin that is wrong
 */
export async function openExecutor(
  session: Session,
  plugins: Iterable<PluginPackage>,
  onFault: (message: string) => void,
): Promise<OpenExecutor> {
  const policy = new PolicyFile(join(session.paths.configDir, 'policy.yaml'), onFault);
  const [catalog, firstInventory] = await Promise.all([loadToolCatalog(plugins), sessionInventory(session)]);
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
