import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandResultSchema, ServonautError, type CommandResult } from '@servonaut/contracts';
import { TOOLS as GET_LOGS } from '@servonaut/plugin-get-logs';
import { TOOLS as READ_OUTPUT } from '@servonaut/plugin-read-output';
import { defineTool, rawShell, z, type AnyTool } from '@servonaut/plugin-sdk';
import { startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { loadInventory, type Inventory } from '../inventory/inventory.ts';
import { allFiles, auditFolder } from '../local-audit/audit-files.ts';
import { DEFAULT_AUDIT_SETTINGS } from '../local-audit/audit-settings.ts';
import { CallAudit } from '../local-audit/call-audit.ts';
import { FileAudit } from '../local-audit/file-audit.ts';
import { DEFAULT_OUTPUT_SETTINGS } from '../output/output-settings.ts';
import { OutputStore } from '../output/output-store.ts';
import { PauseFile } from '../pause/pause-file.ts';
import { PauseSwitch } from '../pause/pause-switch.ts';
import { decidedAlways } from '../policy/testing/decided-always.ts';
import { Redactor } from '../redaction/redactor.ts';
import { PLANTED_SECRETS } from '../redaction/testing/planted-secrets.ts';
import type { ToolCall } from '../relay/tool-runner.ts';
import { SshRemoteShell } from '../ssh/ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh/ssh-settings.ts';
import { ToolPipeline } from './tool-pipeline.ts';

const TEXTS = PLANTED_SECRETS.map(({ text }) => text);
const SECRETS = PLANTED_SECRETS.flatMap(({ secrets }) => secrets);
const KINDS = [...new Set(PLANTED_SECRETS.map(({ kind }) => kind))];

const about = { title: 'A test', description: 'For a test.', effect: 'read-only' } as const;
const run = defineTool({
  ...about,
  name: 'run',
  target: 'server',
  input: z.object({ command: z.string().describe('What to run.') }),
  run: async ({ command }, context) => ({ exec: await context.exec(rawShell(command), { stream: true }) }),
});
const says = defineTool({
  ...about,
  name: 'says',
  target: 'executor',
  input: z.object({
    text: z.string().describe('What to say.'),
    how: z.enum(['output', 'error', 'data', 'lines']).describe('Where.'),
  }),
  data: z.looseObject({}),
  run: async ({ text, how }) => {
    if (how === 'error') throw new ServonautError('tool_failed', { message: text });
    if (how === 'output') return { output: text };
    if (how === 'lines') return { data: { lines: text.split('\n') } };
    return { data: { text, [text]: 1, within: [{ deep: { text }, [text]: { text } }] } };
  },
});

/** No fewer of one log are in an answer. */
const TEMPLATES_ANSWERED = 100;

interface Page {
  readonly text: string;
  readonly next_offset: number | null;
}

/** All texts in a value, names included, as they are and not as JSON has them: a quote in a secret is not escaped. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsOf(inner)]);
}

/** The secrets that are still in them. */
function leftIn(...values: unknown[]): string[] {
  const text = values.flatMap(textsOf).join('\n');
  return SECRETS.filter((secret) => text.includes(secret));
}

describe('planted secrets of every kind', () => {
  let sshd: TestSshd;
  let inventory: Inventory;
  let stateDir: string;
  let file: string;
  let shell: SshRemoteShell;
  let pause: PauseSwitch;
  let audit: FileAudit;
  let pipeline: ToolPipeline;

  beforeAll(async () => {
    [sshd, stateDir] = [await startSshd(), await temporaryFolder()];
    const configDir = await temporaryFolder();
    await writeFile(join(configDir, 'servers.yaml'), 'servers: [{ name: web-1 }]\n', { mode: 0o600 });
    file = join(sshd.home, 'secrets');
    await writeFile(file, TEXTS.map((text) => `an ordinary line\n${text}\n`).join(''));
    const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };
    inventory = await loadInventory({ configDir, account, sshConfigPath: sshd.sshConfigPath });
    shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS);
    pause = new PauseSwitch(new PauseFile(stateDir));
    audit = new FileAudit(stateDir, { settings: DEFAULT_AUDIT_SETTINGS });
    pipeline = aPipeline();
  });
  afterAll(async () => {
    audit.close();
    pause.close();
    shell.close();
    await sshd.stop();
  });

  function aPipeline(): ToolPipeline {
    const tools = new Map<string, AnyTool>([run, says, ...GET_LOGS, ...READ_OUTPUT].map((tool) => [tool.name, tool]));
    const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
    return new ToolPipeline({
      tools: { find: (name) => tools.get(name) },
      inventory: () => inventory,
      policy: decidedAlways('allow'),
      pause,
      approver: undefined,
      audit: new CallAudit({
        audit,
        clean: (value) => redactor.redactJson(value).value,
        argumentChars: DEFAULT_AUDIT_SETTINGS.audit_argument_chars,
        warn: () => undefined,
      }),
      shell,
      outputs: new OutputStore({
        stateDir,
        settings: { ...DEFAULT_OUTPUT_SETTINGS, output_keep_over_kib: 1 },
        onFault: () => undefined,
      }),
      resources: {
        transferFolder: '/nonexistent',
        mostJobs: 10,
        previewMs: 10_000,
        secret: async () => '',
        log: () => undefined,
      },
      redactor,
    });
  }

  async function call(
    tool: string,
    payload: ToolCall['payload'],
    asked: Partial<ToolCall> = {},
  ): Promise<CommandResult> {
    const [requestId, { signal }] = [randomUUID(), new AbortController()];
    const rest = { requestId, server: null, principal: undefined, signal, timeoutMs: 20_000, ...asked };
    return commandResultSchema.parse(await pipeline.run({ tool, payload, ...rest }));
  }

  /** All that the state folder has, audit and kept outputs. */
  const onDisk = (): string[] =>
    readdirSync(stateDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

  it('are in no output, no progress, no page of what is kept, and on no disk', async () => {
    expect(KINDS.length).toBeGreaterThan(100);
    const [requestId, told]: [string, string[]] = [randomUUID(), []];
    const onProgress = (_: string, text: string) => void told.push(text);
    const command = `dd if='${file}' bs=61 status=none; dd if='${file}' bs=1021 status=none >&2`;
    const result = await call('run', { command }, { requestId, server: 'web-1', onProgress });
    expect(result).toMatchObject({ status: 'success', output_kept: true });
    expect(Object.keys(result.redactions ?? {})).toEqual(expect.arrayContaining(KINDS));
    expect(leftIn(result, told, told.join(''))).toEqual([]);

    const read = async (stream: string, how: object): Promise<Page> => {
      const payload = { request_id: requestId, stream, ...how };
      const { status, data } = await call('read_output', payload, { server: 'web-1' });
      expect(status).toBe('success');
      return data as unknown as Page;
    };
    for (const [stream, how] of Object.entries({ stdout: { length: 997 }, stderr: { length: 4_001, raw: true } })) {
      const pages: string[] = [];
      for (let offset: number | null = 0; offset !== null;) {
        const page: Page = await read(stream, { offset, ...how });
        pages.push(page.text);
        offset = page.next_offset;
      }
      const found = [await read(stream, { tail: 500 }), await read(stream, { grep: 's' })];
      expect(pages.join('').split('an ordinary line')).toHaveLength(TEXTS.length + 1);
      expect(leftIn(pages, pages.join(''), found)).toEqual([]);
    }
    expect(leftIn(onDisk())).toEqual([]);
  });

  it.each(['output', 'error', 'data', 'lines'])('are in nothing that a tool says of its own: %s', async (how) => {
    const counted = new Set<string>();
    for (const { text, kind } of PLANTED_SECRETS) {
      const result = await call('says', { text, how });
      expect(leftIn(result)).toEqual([]);
      if (result.redactions?.[kind]) counted.add(kind);
    }
    expect(KINDS.filter((kind) => !counted.has(kind))).toEqual([]);
  });

  /** Of a log that is summarized, lines are shown without those around them and without words that vary: what only those tell is not known. */
  it('are in no template and no example of a log that is summarized, where a line tells them', async () => {
    const lines = TEXTS.filter((text) => !/[\n\t]|\S\s+password: /.test(text));
    for (let from = 0; from < lines.length; from += TEMPLATES_ANSWERED) {
      const batch = lines.slice(from, from + TEMPLATES_ANSWERED);
      await writeFile(join(sshd.home, 'app.log'), `${batch.join('\n')}\n`);
      const path = join(sshd.home, 'app.log');
      const answer = await call('get_logs', { path, summarize: true }, { server: 'web-1' });
      expect(answer).toMatchObject({ status: 'success', data: { lines: batch.length, templates_left_out: 0 } });
      expect(leftIn(answer)).toEqual([]);
    }
  });

  it('are not in the audit of this machine: as values, as names, in a call that is refused', async () => {
    for (const { text } of PLANTED_SECRETS) {
      await call('says', { text, how: 'no such way', [text]: [text] });
      await call(text, { text }, { server: text });
    }
    const recorded = allFiles(auditFolder(stateDir)).flatMap((name) => readFileSync(name, 'utf8').trim().split('\n'));
    expect(recorded.length).toBeGreaterThan(PLANTED_SECRETS.length * 2);
    expect(
      leftIn(
        recorded,
        recorded.map((line) => JSON.parse(line) as unknown),
      ),
    ).toEqual([]);
  });
});
