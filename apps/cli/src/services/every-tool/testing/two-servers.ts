import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandResultSchema, type CommandResult } from '@servonaut/contracts';
import { freePort, startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { loadInventory, type Inventory } from '../../../inventory/inventory.ts';
import { MemoryAudit } from '../../../local-audit/testing/memory-audit.ts';
import { DEFAULT_OUTPUT_SETTINGS } from '../../../output/output-settings.ts';
import { OutputStore } from '../../../output/output-store.ts';
import { PauseFile } from '../../../pause/pause-file.ts';
import { PauseSwitch } from '../../../pause/pause-switch.ts';
import { policySchema } from '../../../policy/policy-schema.ts';
import { StandingPolicy } from '../../../policy/standing-policy.ts';
import { Redactor } from '../../../redaction/redactor.ts';
import { SshRemoteShell } from '../../../ssh/ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../../../ssh/ssh-settings.ts';
import { ToolCatalog } from '../../tool-catalog.ts';
import { ToolPipeline } from '../../tool-pipeline.ts';
import { startBusyboxSshd } from './busybox-sshd.ts';
import { firstPartyTools } from './first-party-tools.ts';

/** Agents may read, and do what a rule of the operator's lets them do; nobody is there to be asked. */
const POLICY = policySchema.parse({
  version: 1,
  level: 'readonly',
  approval: 'ask',
  rules: [
    {
      name: 'deploys',
      decision: 'allow',
      tools: ['run_command', 'write_file', 'transfer_file', 'service_control', 'start_job', 'stop_job'],
    },
  ],
});

/** A server as the tests know it, whatever it has for programs. */
export interface Side {
  readonly name: string;
  /** Where the account may write, as the server names it. */
  readonly folder: string;
  /** The same file on this machine. */
  onDisk(path: string): string;
  /** Whether there is nothing but busybox, not even by a path. */
  readonly isBusyboxAlone: boolean;
}

/** An operator with two real servers, one of which has the programs of this machine, and a third that does not answer. */
export class TwoServers {
  readonly transfers: string;
  readonly tools: ToolPipeline;
  readonly audit = new MemoryAudit();
  readonly sides: Readonly<Record<'debian' | 'busybox', Side>>;
  readonly faults: string[] = [];
  readonly #shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS);
  readonly #sshds: readonly TestSshd[];
  readonly #pause: PauseSwitch;
  readonly #outputs: OutputStore;

  private constructor(parts: Started) {
    const { stateDir } = parts;
    const onFault = (_: unknown, error: unknown): void => void this.faults.push(String(error));
    this.transfers = join(stateDir, 'transfers');
    this.sides = parts.sides;
    this.#sshds = parts.sshds;
    this.#pause = new PauseSwitch(new PauseFile(stateDir));
    this.#outputs = new OutputStore({ stateDir, settings: DEFAULT_OUTPUT_SETTINGS, onFault });
    this.tools = new ToolPipeline({
      tools: parts.catalog,
      inventory: () => parts.inventory,
      policy: new StandingPolicy(POLICY),
      pause: this.#pause,
      approver: undefined,
      audit: this.audit.calls,
      shell: this.#shell,
      outputs: this.#outputs,
      resources: {
        transferFolder: this.transfers,
        mostJobs: 10,
        previewMs: 10_000,
        secret: async () => '',
        log: () => undefined,
      },
      redactor: new Redactor(() => ({ highEntropy: false, patterns: [] })),
      onFault,
    });
  }

  static async start(): Promise<TwoServers> {
    return new TwoServers(await started());
  }

  /** By an agent. */
  async call(tool: string, server: string | null, payload: object = {}): Promise<CommandResult> {
    const result = await this.tools.run({
      requestId: randomUUID(),
      tool,
      server,
      payload: payload as Record<string, unknown>,
      principal: { kind: 'credential', id: 'c_1', label: 'ci-bot' },
      signal: new AbortController().signal,
      timeoutMs: 20_000,
    });
    return commandResultSchema.parse(result);
  }

  async stop(): Promise<void> {
    this.#pause.close();
    this.#outputs.close();
    this.#shell.close();
    await Promise.all(this.#sshds.map((sshd) => sshd.stop()));
  }
}

interface Started {
  readonly stateDir: string;
  readonly sshds: readonly TestSshd[];
  readonly sides: TwoServers['sides'];
  readonly inventory: Inventory;
  readonly catalog: ToolCatalog;
}

async function started(): Promise<Started> {
  const [own, other, home, stateDir] = await Promise.all([
    startSshd(),
    startBusyboxSshd(),
    temporaryFolder(),
    temporaryFolder(),
  ]);
  const { sshd, root, folder, isIsolated } = other;
  const servers = [
    { name: 'debian', ...loginOf(own), labels: { userland: 'debian' } },
    { name: 'busybox', ...loginOf(sshd), labels: { userland: 'busybox' } },
    { name: 'gone', ...loginOf(own), port: await freePort() },
  ];
  writeFileSync(join(home, 'known_hosts'), `${own.hostKeyLine}\n${sshd.hostKeyLine}\n`);
  writeFileSync(join(home, 'servers.yaml'), JSON.stringify({ servers }), { mode: 0o600 });
  writeFileSync(join(home, 'ssh_config'), `Host *\n  UserKnownHostsFile ${join(home, 'known_hosts')}\n`);
  const account = { home, user: 'nobody', agentSocket: undefined };
  return {
    stateDir,
    sshds: [own, sshd],
    sides: {
      debian: { name: 'debian', folder: own.home, onDisk: (path) => path, isBusyboxAlone: false },
      busybox: { name: 'busybox', folder, onDisk: (path) => join(root, path), isBusyboxAlone: isIsolated },
    },
    inventory: await loadInventory({ configDir: home, account, sshConfigPath: join(home, 'ssh_config') }),
    catalog: new ToolCatalog(
      (await firstPartyTools()).map((tool) => ({ tool, plugin: 'first-party', isAdded: false })),
    ),
  };
}

const loginOf = ({ host, port, user, privateKeyPath }: TestSshd) => ({
  host,
  port,
  user,
  identity_file: privateKeyPath,
});
