import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandResultSchema, type CommandResult } from '@servonaut/contracts';
import { TOOLS as LIST_SERVERS } from '@servonaut/plugin-list-servers';
import { TOOLS as RUN_COMMAND } from '@servonaut/plugin-run-command';
import type { AnyTool, ExecResult } from '@servonaut/plugin-sdk';
import { withLocalSftp, type Sftp } from '@servonaut/plugin-sdk/sftp';
import { temporaryFolder } from '@servonaut/testkit';
import { ApprovalDesk } from '../../approval/approval-desk.ts';
import { Inventory } from '../../inventory/inventory.ts';
import type { Server } from '../../inventory/server.ts';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import { MemoryAudit } from '../../local-audit/testing/memory-audit.ts';
import { DEFAULT_OUTPUT_SETTINGS } from '../../output/output-settings.ts';
import { OutputStore } from '../../output/output-store.ts';
import { PauseFile } from '../../pause/pause-file.ts';
import { PauseSwitch } from '../../pause/pause-switch.ts';
import { PolicyFile } from '../../policy/policy-file.ts';
import { Redactor } from '../../redaction/redactor.ts';
import type { ToolCall } from '../../relay/tool-runner.ts';
import type { RemoteExecOptions, RemoteShell, SftpOptions } from '../../ssh/remote-shell.ts';
import { NO_INSTANCE_SOURCES, type InstanceSources } from '../source-instances.ts';
import { ToolCatalog } from '../tool-catalog.ts';
import { ToolPipeline } from '../tool-pipeline.ts';

/** What every command of it answers. */
export const DONE: ExecResult = {
  exitCode: 0,
  signal: null,
  stdout: 'done\n',
  stderr: '',
  stdoutBytes: 5,
  stderrBytes: 0,
  truncated: false,
  binary: false,
  timedOut: false,
  durationMs: 1,
  timings: {},
};

/** Runs nothing, and keeps what it was to run. */
export class RecordingShell implements RemoteShell {
  readonly ran: { readonly server: string; readonly text: string; readonly options: RemoteExecOptions }[] = [];

  async exec({ name: server }: Server, { text }: { text: string }, options: RemoteExecOptions): Promise<ExecResult> {
    this.ran.push({ server, text, options });
    return DONE;
  }

  sftp<Value>(_server: Server, _options: SftpOptions, use: (sftp: Sftp) => Promise<Value>): Promise<Value> {
    return withLocalSftp(use);
  }

  close(): void {
    // There is nothing to close.
  }
}

const serverNamed = (name: string, labels: Record<string, string>): Server => ({
  name,
  labels,
  source: 'servers.yaml',
  target: async () => anSshTarget({ host: `${name}.example` }),
});

/** The machine of an operator with everything that decides on it, as `openExecutor` puts it together; only its servers are not there. */
export class OperatorMachine {
  readonly folder: string;
  readonly shell = new RecordingShell();
  readonly audit = new MemoryAudit();
  /** What the operator was told besides. */
  readonly told: string[] = [];
  readonly desk: ApprovalDesk;
  readonly pause: PauseSwitch;
  readonly tools: ToolPipeline;
  inventory = new Inventory([serverNamed('web-1', { role: 'web' }), serverNamed('db-1', { role: 'db' })]);
  readonly #outputs: OutputStore;

  private constructor(folder: string, policyText: string, ownTools: readonly AnyTool[], instances: InstanceSources) {
    this.folder = folder;
    this.writePolicy(policyText);
    const policy = new PolicyFile(this.#policyPath, (message) => void this.told.push(message));
    this.pause = new PauseSwitch(new PauseFile(folder));
    this.desk = new ApprovalDesk({ terms: () => policy.approvals, pause: this.pause });
    this.#outputs = new OutputStore({
      stateDir: folder,
      settings: DEFAULT_OUTPUT_SETTINGS,
      onFault: (_requestId, error) => void this.told.push(String(error)),
    });
    this.tools = new ToolPipeline({
      tools: new ToolCatalog(
        [...RUN_COMMAND, ...LIST_SERVERS, ...ownTools].map((tool) => ({ tool, plugin: 'first-party', isAdded: false })),
      ),
      inventory: () => this.inventory,
      pause: this.pause,
      policy,
      approver: this.desk,
      audit: this.audit.calls,
      shell: this.shell,
      outputs: this.#outputs,
      redactor: new Redactor(() => policy.redact),
      resources: {
        transferFolder: join(folder, 'transfers'),
        mostJobs: 10,
        previewMs: 10_000,
        secret: async (tool, name) => `${name} of ${tool}`,
        log: (level, tool, text) => void this.told.push(`${level} ${tool}: ${text}`),
      },
      instances,
      onFault: (_requestId, error) => void this.told.push(String(error)),
    });
  }

  static async with(
    policyText: string,
    ownTools: readonly AnyTool[] = [],
    instances = NO_INSTANCE_SOURCES,
  ): Promise<OperatorMachine> {
    return new OperatorMachine(await temporaryFolder(), policyText, ownTools, instances);
  }

  get #policyPath(): string {
    return join(this.folder, 'policy.yaml');
  }

  writePolicy(text: string): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.#policyPath, text);
  }

  /** `web-1` is from now on a server with these labels. */
  relabel(labels: Record<string, string>): void {
    this.inventory = new Inventory([serverNamed('web-1', labels), serverNamed('db-1', { role: 'db' })]);
  }

  /** By a credential, of `run_command` on `web-1`, unless it says otherwise. */
  async call(asked: Partial<ToolCall> = {}): Promise<CommandResult> {
    const result = await this.tools.run({
      requestId: randomUUID(),
      tool: 'run_command',
      server: 'web-1',
      payload: { command: 'rm -r /srv/cache' },
      principal: { kind: 'credential', id: 'c_1', label: 'ci-bot' },
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      ...asked,
    });
    return commandResultSchema.parse(result);
  }

  /** What was run, as `server: text`. */
  get ran(): string[] {
    return this.shell.ran.map(({ server, text }) => `${server}: ${text}`);
  }

  close(): void {
    this.pause.close();
    this.#outputs.close();
  }
}
