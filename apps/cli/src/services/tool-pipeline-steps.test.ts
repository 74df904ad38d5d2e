import { hash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commandResultSchema, ServonautError, type CommandResult } from '@servonaut/contracts';
import {
  defineTool,
  inFolder,
  rawShell,
  z,
  type AnyTool,
  type ExecResult,
  type ToolContext,
} from '@servonaut/plugin-sdk';
import { withLocalSftp, type Sftp } from '@servonaut/plugin-sdk/sftp';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import type { Approver } from '../approval/approver.ts';
import { Inventory } from '../inventory/inventory.ts';
import type { Server } from '../inventory/server.ts';
import { anSshTarget } from '../inventory/testing/ssh-target.ts';
import { MemoryAudit } from '../local-audit/testing/memory-audit.ts';
import { DEFAULT_OUTPUT_SETTINGS } from '../output/output-settings.ts';
import { OutputStore } from '../output/output-store.ts';
import { PauseFile } from '../pause/pause-file.ts';
import { PauseSwitch } from '../pause/pause-switch.ts';
import type { PolicyQuestion } from '../policy/policy.ts';
import { decidedAlways } from '../policy/testing/decided-always.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { ToolCall } from '../relay/tool-runner.ts';
import type { RemoteExecOptions, RemoteShell, SftpOptions } from '../ssh/remote-shell.ts';
import { ToolPipeline, type ToolPipelineParts } from './tool-pipeline.ts';
import { DONE } from './testing/operator-machine.ts';

const runText = defineTool({
  name: 'run_text',
  title: 'A test',
  description: 'For a test.',
  target: 'server',
  effect: 'privileged',
  input: z.object({
    text: z.string().describe('What to run.'),
    before: z.string().optional().describe('What to run first.'),
    sudo: z.boolean().default(false).describe('As root.'),
  }),
  commands: ({ text }) => [{ text, directory: '/srv' }],
  run: async ({ text, before, sudo }, context) => {
    if (before !== undefined) await context.exec(rawShell(before), { sudo });
    return { exec: await context.exec(rawShell(text), { sudo }) };
  },
});

const serverNamed = (name: string, labels = {}, host = '127.0.0.2'): Server => ({
  name,
  labels,
  source: 'servers.yaml',
  target: async () => anSshTarget({ host }),
});

/** Answers everything at once, or holds it until it is stopped. */
class RecordingShell implements RemoteShell {
  readonly ran: string[] = [];
  readonly asked: RemoteExecOptions[] = [];
  holds = false;

  async exec(_server: Server, { text }: { text: string }, options: RemoteExecOptions): Promise<ExecResult> {
    this.ran.push(text);
    this.asked.push(options);
    if (!this.holds) return DONE;
    return new Promise((_, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
    });
  }

  sftp<Value>(_server: Server, _options: SftpOptions, use: (sftp: Sftp) => Promise<Value>): Promise<Value> {
    return withLocalSftp(use);
  }

  close(): void {
    // There is nothing to close.
  }
}

let stateDir: string;
let pause: PauseSwitch;
let shell: RecordingShell;
let outputs: OutputStore;
let steps: string[];
let audit: MemoryAudit;

beforeEach(async () => {
  stateDir = await temporaryFolder();
  pause = new PauseSwitch(new PauseFile(stateDir));
  shell = new RecordingShell();
  outputs = new OutputStore({ stateDir, settings: DEFAULT_OUTPUT_SETTINGS, onFault: () => undefined });
  steps = [];
  audit = new MemoryAudit();
});
afterEach(() => {
  pause.close();
  outputs.close();
});

const approving = (meanwhile: () => void | Promise<void> = () => undefined): Approver => ({
  isAttended: true,
  approve: async (_question, { onWaiting }) => {
    steps.push('asked');
    onWaiting(1_000);
    await meanwhile();
    return { by: 'terminal', hash: 'h' };
  },
});

async function call(asked: Partial<ToolCall> = {}, changes: Partial<ToolPipelineParts> = {}): Promise<CommandResult> {
  const pipeline = new ToolPipeline({
    tools: { find: (name) => (name === 'run_text' ? (runText as AnyTool) : undefined) },
    inventory: () => new Inventory([serverNamed('web-1')]),
    policy: decidedAlways('allow'),
    approver: undefined,
    audit: audit.calls,
    pause,
    shell,
    outputs,
    resources: {
      transferFolder: '/nonexistent',
      mostJobs: 10,
      previewMs: 10_000,
      secret: async () => '',
      log: () => undefined,
    },
    redactor: new Redactor(() => ({ highEntropy: false, patterns: [] })),
    ...changes,
  });
  const result = await pipeline.run({
    requestId: randomUUID(),
    tool: 'run_text',
    server: 'web-1',
    payload: { text: 'uptime' },
    principal: { kind: 'credential', id: '7', label: 'ci-bot' },
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    onStart: () => void steps.push('start'),
    onWaiting: (until) => void steps.push(`waiting ${until}`),
    ...asked,
  });
  return commandResultSchema.parse(result);
}

describe('the policy', () => {
  it('is asked about the parsed call, with the shell text of the caller', async () => {
    const asked: PolicyQuestion[] = [];
    const policy = decidedAlways('allow');
    const decide = (question: PolicyQuestion) => (asked.push(question), policy.decide(question));
    await call({}, { policy: { ...policy, decide } });
    expect(asked).toEqual([
      {
        tool: 'run_text',
        effect: 'privileged',
        server: { name: 'web-1', labels: {} },
        input: { text: 'uptime', sudo: false },
        principal: { kind: 'credential', id: '7', label: 'ci-bot' },
        commands: [{ text: 'uptime', sudo: false, directory: '/srv' }],
        now: expect.any(Date),
      },
    ]);
  });

  it('is told of in the result: the class, and the rule that decided', async () => {
    expect(await call()).toMatchObject({ policy: { class: 'mutating', rule: 'always' } });
  });

  it('that denies is followed before the journal and before anything runs', async () => {
    expect(await call({}, { policy: decidedAlways('deny') })).toMatchObject({
      status: 'rejected',
      error_code: 'policy_denied',
      rule: 'always',
      policy: { class: 'mutating', rule: 'always' },
    });
    expect([steps, shell.ran]).toEqual([[], []]);
  });

  it('reads every command that a tool runs, and refuses one that is worse than the call', async () => {
    expect(await call({ payload: { text: 'uptime', before: 'privileged thing' } })).toMatchObject({
      status: 'rejected',
      error_code: 'policy_denied',
      rule: 'tool.effect',
    });
    expect(shell.ran).toEqual([]);
  });

  it('reads what a tool runs once, so that the shell gets what was read', async () => {
    const answers = (...values: unknown[]) => ({ get: () => (values.length > 1 ? values.shift() : values[0]) });
    const turns = {
      ...runText,
      run: async (_input: unknown, context: ToolContext) => {
        const command = Object.defineProperty(rawShell('uptime'), 'text', answers('uptime', 'privileged thing'));
        const options = Object.defineProperty({}, 'sudo', answers(false, true));
        await context.exec(command, options);
        const words = ['uptime', 'privileged thing'];
        await context.exec({ text: { toString: () => words.shift() } } as never);
        return {};
      },
    } as unknown as AnyTool;
    expect(await call({}, { tools: { find: () => turns } })).toMatchObject({ error_code: 'tool_failed' });
    expect(shell.ran).toEqual(['uptime']);
    expect(shell.asked.every(({ sudo }) => sudo === false)).toBe(true);
  });

  it('has decided about the text of the caller, which is not read anew', async () => {
    expect(await call({ payload: { text: 'privileged thing' } })).toMatchObject({ status: 'success' });
  });

  it('has decided about it in the folder that the tool said, however long it is, and in no other', async () => {
    const runsIn = (folder: string) =>
      ({
        ...runText,
        run: async ({ text }: { text: string }, context: ToolContext) => ({
          exec: await context.exec(inFolder(rawShell(text), folder)),
        }),
      }) as unknown as AnyTool;
    const policy = { ...decidedAlways('allow'), classOf: () => decidedAlways('allow').classOf('forbidden') };
    const asked = { payload: { text: `echo ${'x'.repeat(65_531)}` } };
    expect(await call(asked, { policy, tools: { find: () => runsIn('/srv') } })).toMatchObject({ status: 'success' });
    expect(await call(asked, { policy, tools: { find: () => runsIn('/etc') } })).toMatchObject({ rule: 'tool.effect' });
  });

  it('has not decided about that text as root when the tool did not say so', async () => {
    expect(await call({ payload: { text: 'uptime', sudo: true } })).toMatchObject({ rule: 'tool.effect' });
    expect(shell.ran).toEqual([]);
  });

  it('that refuses the second command of a tool does not say that nothing was run', async () => {
    const policy = decidedAlways('allow');
    const worseLater = (text: string) => policy.classOf(shell.ran.length === 0 ? text : 'forbidden');
    const undecided = { ...runText, commands: undefined } as unknown as AnyTool;
    const changes = { policy: { ...policy, classOf: worseLater }, tools: { find: () => undecided } };
    expect(await call({ payload: { text: 'two', before: 'one' } }, changes)).toMatchObject({
      status: 'error',
      error_code: 'policy_denied',
    });
    expect(shell.ran).toEqual(['one']);
  });
});

describe('a call of which the operator is to be asked', () => {
  const policy = decidedAlways('ask');

  it('is refused when there is nobody to ask', async () => {
    expect(await call({}, { policy })).toMatchObject({ status: 'rejected', error_code: 'approval_unavailable' });
    expect([steps, shell.ran]).toEqual([[], []]);
  });

  it('waits, and then is journalled and run', async () => {
    expect(await call({}, { policy, approver: approving() })).toMatchObject({ status: 'success' });
    expect(steps).toEqual(['asked', 'waiting 1000', 'waiting undefined', 'start']);
  });

  it('has all its time left once it is approved', async () => {
    const slow = approving(() => new Promise((resolve) => setTimeout(resolve, 30)));
    await call({ timeoutMs: 25 }, { policy, approver: slow });
    expect(shell.ran).toEqual(['uptime']);
  });

  it('is refused as the operator answered', async () => {
    const approve = () => Promise.reject(new ServonautError('approval_declined'));
    expect(await call({}, { policy, approver: { isAttended: true, approve } })).toMatchObject({
      status: 'rejected',
      error_code: 'approval_declined',
    });
    expect([steps, shell.ran]).toEqual([[], []]);
  });

  it('is refused when the policy has changed meanwhile', async () => {
    let version = 'v1';
    const decide = (question: PolicyQuestion) => decidedAlways('ask', version).decide(question);
    const approver = approving(() => void (version = 'v2'));
    expect(await call({}, { policy: { ...policy, decide }, approver })).toMatchObject({
      status: 'rejected',
      error_code: 'approval_stale',
    });
    expect(shell.ran).toEqual([]);
  });

  it('is refused when the policy changes while it is looked up where the name of its server leads', async () => {
    let version = 'v1';
    let isAnswered = false;
    const decide = (question: PolicyQuestion) => decidedAlways('ask', version).decide(question);
    const server = serverNamed('web-1');
    const target = (isWarm?: boolean) => {
      if (isAnswered) version = 'v2';
      return server.target(isWarm);
    };
    const approver = approving(() => void (isAnswered = true));
    const inventory = () => new Inventory([{ ...server, target }]);
    expect(await call({}, { policy: { ...policy, decide }, approver, inventory })).toMatchObject({
      error_code: 'approval_stale',
    });
    expect(shell.ran).toEqual([]);
  });

  it('is refused when its server is another one meanwhile', async () => {
    let labels = {};
    const inventory = () => new Inventory([serverNamed('web-1', labels)]);
    const approver = approving(() => void (labels = { env: 'prod' }));
    expect(await call({}, { policy, approver, inventory })).toMatchObject({ error_code: 'approval_stale' });
    expect(shell.ran).toEqual([]);
  });

  it('is refused when the name of its server leads to another machine meanwhile', async () => {
    let host = '127.0.0.2';
    const inventory = () => new Inventory([serverNamed('web-1', {}, host)]);
    const approver = approving(() => void (host = '127.0.0.3'));
    expect(await call({}, { policy, approver, inventory })).toMatchObject({ error_code: 'approval_stale' });
    expect(shell.ran).toEqual([]);
  });

  it('is refused when it was cancelled just as it was approved', async () => {
    const cancel = new AbortController();
    const approver = approving(() => cancel.abort(new ServonautError('request_cancelled')));
    expect(await call({ signal: cancel.signal }, { policy, approver })).toMatchObject({
      status: 'rejected',
      error_code: 'request_cancelled',
    });
    expect(shell.ran).toEqual([]);
  });

  it('is refused when the executor was paused just as it was approved', async () => {
    const approver = approving(() => new PauseFile(stateDir).pause('Lunch.').then(() => undefined));
    expect(await call({}, { policy, approver })).toMatchObject({ status: 'rejected', error_code: 'executor_paused' });
    expect([shell.ran, steps.includes('start')]).toEqual([[], false]);
  });
});

describe('a tool that has answered', () => {
  it('has nothing left running that a pause would not meet, and runs nothing more', async () => {
    shell.holds = true;
    const left: Promise<unknown>[] = [];
    let late: ToolContext | undefined;
    const leaves = {
      ...runText,
      run: async (_input: unknown, context: ToolContext) => {
        late = context;
        left.push(context.exec(rawShell('uptime')).catch((error: unknown) => error));
        void context.exec(rawShell('uptime'));
        return {};
      },
    } as unknown as AnyTool;
    expect(await call({}, { tools: { find: () => leaves } })).toMatchObject({ status: 'success' });
    expect(await left[0]).toMatchObject({ code: 'request_cancelled' });
    await expect(late?.exec(rawShell('uptime'))).rejects.toMatchObject({ code: 'request_cancelled' });
    expect(shell.ran).toEqual(['uptime', 'uptime']);
  });
});

describe('the journal', () => {
  it('that takes nothing refuses the call', async () => {
    const onStart = (): void => {
      throw new ServonautError('tool_failed', { message: 'The disk is full.' });
    };
    expect(await call({ onStart })).toMatchObject({ status: 'rejected', error_message: 'The disk is full.' });
    expect(shell.ran).toEqual([]);
  });
});

describe('a pause', () => {
  it('refuses every call and says since when and why', async () => {
    const { since } = await new PauseFile(stateDir).pause('the disk is being moved');
    for (const principal of [undefined, { kind: 'credential', id: '7', label: 'ci-bot' } as const])
      expect(await call({ principal })).toMatchObject({
        status: 'rejected',
        error_code: 'executor_paused',
        error_message: `The operator has paused this executor since ${since} (the disk is being moved); what ran then was stopped.`,
      });
    expect([steps, shell.ran]).toEqual([[], []]);
  });

  it('lets the operator alone look at jobs and stop them, since it does not end them', async () => {
    await pause.pause();
    const tools = { find: () => runText as AnyTool };
    for (const tool of ['job_status', 'job_output', 'stop_job']) {
      expect(await call({ tool, principal: undefined }, { tools })).toMatchObject({ status: 'success' });
      expect(await call({ tool }, { tools })).toMatchObject({ error_code: 'executor_paused' });
    }
    const started = await call({ tool: 'start_job', principal: undefined }, { tools });
    expect(started).toMatchObject({ error_code: 'executor_paused' });
  });

  it('that another process makes stops what runs', async () => {
    shell.holds = true;
    const running = call();
    await waitFor(() => shell.ran.length === 1, { what: 'the command' });
    await new PauseFile(stateDir).pause(undefined);
    expect(await running).toMatchObject({ status: 'error', error_code: 'executor_paused' });
  });

  it('ends with the file', async () => {
    await pause.pause();
    expect(await call()).toMatchObject({ error_code: 'executor_paused' });
    await new PauseFile(stateDir).resume();
    expect(await call()).toMatchObject({ status: 'success' });
  });

  it('is what a state that cannot be understood counts as', async () => {
    await writeFile(join(stateDir, 'paused.json'), '');
    expect(await call()).toMatchObject({ error_code: 'executor_paused' });
  });
});

describe('the audit', () => {
  const decided = () => audit.events.map(({ kind, data }) => ({ kind, ...data }));
  const facts = {
    kind: 'call.decided',
    principal: { kind: 'credential', id: '7', label: 'ci-bot' },
    tool: 'run_text',
    server: 'web-1',
    arguments: { sha256: hash('sha256', '{"text":"uptime"}', 'base64url'), shown: '{"text":"uptime"}' },
  };
  const decision = { class: 'mutating', rule: 'always', policy_version: 'v1' };

  it('has what was asked and decided before it runs', async () => {
    await call({ onStart: () => void steps.push(`${audit.events.length} recorded`) });
    expect(steps).toEqual(['1 recorded']);
    const allowed = { ...decision, decision: 'allow' };
    expect(decided()).toEqual([{ ...facts, decision: allowed, approval: null, refused: null }]);
  });

  it('has what the operator is asked about before they are, so that no kill leaves nothing of it', async () => {
    const asked: unknown[] = [];
    const stop = new AbortController();
    const approver = approving(() => {
      asked.push(...decided());
      stop.abort(new ServonautError('request_cancelled'));
    });
    await call({ signal: stop.signal }, { policy: decidedAlways('ask'), approver });
    expect(asked).toEqual([{ ...facts, kind: 'call.asked', decision: { ...decision, decision: 'ask' } }]);
    expect(decided()).toMatchObject([{ kind: 'call.asked' }, { kind: 'call.decided', refused: 'request_cancelled' }]);
  });

  it('that takes nothing lets nobody be asked', async () => {
    audit.isFull = true;
    const asked = { policy: decidedAlways('ask'), approver: approving(() => void steps.push('answered')) };
    expect(await call({}, asked)).toMatchObject({ status: 'rejected', error_code: 'audit_unavailable' });
    expect([steps, shell.ran]).toEqual([['asked'], []]);
  });

  it('has who approved it, and what they were shown', async () => {
    await call({}, { policy: decidedAlways('ask'), approver: approving() });
    expect(decided().slice(1)).toEqual([
      expect.objectContaining({
        decision: { ...decision, decision: 'ask' },
        approval: { by: 'terminal', hash: 'h', is_approved: true },
        refused: null,
      }),
    ]);
  });

  it('has who declined it', async () => {
    const declining: Approver = {
      isAttended: true,
      approve: () => Promise.reject(new ServonautError('approval_declined', { facts: { by: 'approve', hash: 'h' } })),
    };
    await call({}, { policy: decidedAlways('ask'), approver: declining });
    const approval = { by: 'approve', hash: 'h', is_approved: false };
    expect(decided()).toEqual([expect.objectContaining({ approval, refused: 'approval_declined' })]);
  });

  it('has what is denied, and what is not even valid', async () => {
    await call({}, { policy: decidedAlways('deny') });
    await call({ tool: 'unknown' });
    expect(decided()).toMatchObject([
      { decision: { ...decision, decision: 'deny' }, refused: 'policy_denied' },
      { tool: 'unknown', decision: null, refused: 'unknown_tool' },
    ]);
  });

  it('lets nothing run that it does not take', async () => {
    audit.isFull = true;
    const result = await call();
    expect(result).toMatchObject({ status: 'rejected', error_code: 'audit_unavailable' });
    expect(shell.ran).toEqual([]);
    expect(steps).toEqual([]);
  });
});
