import { join } from 'node:path';
import type { ExecutorManifest, ServerEntry } from '@servonaut/contracts';
import { ApprovalDesk } from '../approval/approval-desk.ts';
import type { CallAudit } from '../local-audit/call-audit.ts';
import { PauseFile } from '../pause/pause-file.ts';
import { PauseSwitch } from '../pause/pause-switch.ts';
import { outputSettings } from '../output/output-settings.ts';
import { OutputStore } from '../output/output-store.ts';
import { PolicyFile } from '../policy/policy-file.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { ToolRunner } from '../relay/tool-runner.ts';
import type { Session } from '../session/session.ts';
import type { AskPassphrase } from '../ssh/unlocked-keys.ts';
import { ExecutorInventory } from './executor-inventory.ts';
import { openAudit } from './open-audit.ts';
import { operatorShell } from './operator-shell.ts';
import type { PluginPackage } from './plugin-package.ts';
import { chosenServers } from './server-list.ts';
import { SessionInstanceSources } from './source-instances.ts';
import { loadToolCatalog } from './tool-catalog.ts';
import { ToolPipeline } from './tool-pipeline.ts';
import { toolResources } from './tool-resources.ts';
import { unlockKeys } from './unlock-keys.ts';

/** Everything that this machine can do, ready to be asked by the relay or by the operator. */
export interface OpenExecutor {
  readonly tools: ToolRunner;
  /** Where it is recorded what becomes of calls. */
  readonly audit: CallAudit;
  readonly pause: PauseSwitch;
  /** Where calls wait that the operator is asked about; whoever asks them attends to it. */
  readonly approvals: ApprovalDesk;
  manifest(): Promise<ExecutorManifest>;
  /** The servers as they were last read. */
  servers(): readonly ServerEntry[];
  /** The names of those servers that the terms choose. @throws ServonautError `invalid_request`, `unknown_server` */
  choose(terms: readonly string[]): readonly string[];
  /** Asks for the passphrases of key files that servers need, for all servers or for some. @throws ServonautError `unknown_server` */
  unlockKeys(ask: AskPassphrase, servers?: readonly string[]): Promise<void>;
  /** Asks the inventory sources again from time to time, until it is closed. */
  keepServersFresh(): void;
  /** Removes kept outputs that are too old from time to time, until it is closed. */
  keepOutputsTidy(): void;
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
  const audit = openAudit(session, onFault, (value) => redactor.redactJson(value).value);
  const policy = new PolicyFile(join(session.paths.configDir, 'policy.yaml'), (message) => {
    audit.policy(policy.version);
    onFault(message);
  });
  const [catalog, inventory] = await Promise.all([
    loadToolCatalog(plugins),
    ExecutorInventory.open(session, plugins, onFault),
  ]);
  const redactor = new Redactor(() => policy.redact);
  const { shell, keys } = operatorShell(session);
  const outputs = openOutputs(session, onFault);
  const pause = new PauseSwitch(new PauseFile(session.paths.stateDir), audit.pause);
  const approvals = new ApprovalDesk({ terms: () => policy.approvals, pause });
  const tools = new ToolPipeline({
    tools: catalog,
    pause,
    policy,
    approver: approvals,
    audit: audit.calls,
    shell,
    outputs,
    redactor,
    resources: toolResources(session, catalog, onFault),
    instances: new SessionInstanceSources(session, plugins),
    inventory: () => inventory.current,
    onFault: (requestId, error) => onFault(`${requestId}: ${String(error)}`),
  });
  return {
    tools,
    audit: audit.calls,
    pause,
    approvals,
    servers: () => inventory.current.entries,
    choose: (terms) => chosenServers(inventory.current, terms).map(({ name }) => name),
    unlockKeys: async (ask, servers) => {
      const { current } = inventory;
      await unlockKeys(servers?.map((name) => current.get(name)) ?? current.servers, keys, ask);
    },
    keepServersFresh: () => inventory.keepFresh(),
    keepOutputsTidy: () => outputs.keepTidy(),
    close: () => [pause, outputs, inventory, shell, audit].forEach((part) => part.close()),
    manifest: async () => ({ tools: catalog.manifests(), servers: [...(await inventory.readAnew()).entries] }),
  };
}

function openOutputs({ paths, settings }: Session, onFault: (message: string) => void): OutputStore {
  return new OutputStore({
    stateDir: paths.stateDir,
    settings: outputSettings(settings),
    onFault: (requestId, error) => onFault(`${requestId ?? 'Kept outputs'}: the output is not kept: ${String(error)}`),
  });
}
