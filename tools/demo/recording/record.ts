/** `npm run record`: a session of an agent and an operator, on real parts, as docs/images/session.svg. */
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import {
  anOperator,
  startCoordinator,
  startSshd,
  startTerminal,
  temporaryFolder,
  type TestTerminal,
} from '@servonaut/testkit';
import { terminalSvg, type Frame } from './terminal-svg.ts';

const PICTURE = new URL('../../../docs/images/session.svg', import.meta.url);
const CLI = fileURLToPath(new URL('../../../apps/cli/bin/run.js', import.meta.url));
const COLUMNS = 96;
const [OPERATOR_ROWS, AGENT_ROWS] = [15, 20];
/** How long what has come is left to be read, and at most nothing happens. */
const READING_MS = 3_500;
const LOOK_MS = 100;

const sshd = await startSshd();
const folder = await temporaryFolder();
// The account of the server is another one, as servers have it.
chmodSync(folder, 0o755);
writeFileSync(join(folder, 'app.log'), aLog(), { mode: 0o644 });
const coordinator = await startCoordinator();
const { executor_token: token, agent_token: agentToken } = coordinator.bootstrap();
const operator = await anOperator({
  url: coordinator.url,
  token,
  policy: null,
  servers: ['web-1', 'web-2', 'db-1'].map((name) => ({
    name,
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    identity_file: sshd.privateKeyPath,
    labels: { role: name.split('-')[0] ?? name },
  })),
  knownHosts: [sshd.hostKeyLine],
});

const log = join(folder, 'agent.txt');
writeFileSync(log, '');
const executor = await startTerminal({ command: commandLine(), columns: COLUMNS, rows: OPERATOR_ROWS });
const agentView = await startTerminal({ command: `tail -n +1 -f '${log}'`, columns: COLUMNS, rows: AGENT_ROWS });
await executor.shows(/connected/i);
const agent = new Client({ name: 'claude-code', version: '2.0.0' });
const requestInit = { headers: { authorization: `Bearer ${agentToken}` } };
await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', coordinator.url), { requestInit }));

const recording = { operator: [] as Frame[], agent: [] as Frame[], clock: 0, isDone: false };
const recorder = record();
await reading();
await call('run_command', { servers: ['web-*'], command: 'uname -sr; uptime -p' });
await reading();
await call('get_logs', { server: 'web-1', path: join(folder, 'app.log'), lines: 3 });
await reading();
await Promise.all([call('run_command', { server: 'db-1', command: 'touch /tmp/maintenance' }), approve()]);
await reading();
await executor.type('p');
await executor.shows(/paused/i);
await call('run_command', { server: 'db-1', command: 'uptime' });
await reading();
recording.isDone = true;
await recorder;

await agent.close();
for (const terminal of [agentView, executor]) await terminal.stop();
await coordinator.stop();
await sshd.stop();
writeFileSync(
  PICTURE,
  terminalSvg(
    [
      {
        title: 'your machine, your keys: servonaut connect',
        columns: COLUMNS,
        rows: OPERATOR_ROWS,
        frames: recording.operator,
      },
      { title: 'an agent, anywhere', columns: COLUMNS, rows: AGENT_ROWS, frames: recording.agent },
    ],
    recording.clock,
  ),
);

/** Looks at both terminals until the session is over. Long waits are cut to what it takes to read. */
async function record(): Promise<void> {
  let still = 0;
  while (!recording.isDone) {
    const changes = [await frame(recording.operator, executor), await frame(recording.agent, agentView)];
    still = changes.includes(true) ? 0 : still + LOOK_MS;
    if (still < READING_MS) recording.clock += LOOK_MS;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function frame(frames: Frame[], terminal: TestTerminal): Promise<boolean> {
  const screen = await terminal.screen(true);
  if (screen === frames.at(-1)?.screen) return false;
  frames.push({ at: recording.clock, screen });
  return true;
}

async function reading(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, READING_MS));
}

async function approve(): Promise<void> {
  await executor.shows(/touch/);
  await reading();
  await executor.type('a');
}

async function call(name: string, args: Record<string, unknown>): Promise<void> {
  const shown = JSON.stringify(args).replaceAll(folder, '/var/log');
  appendFileSync(log, `\u001B[1m\u001B[36m► ${name}\u001B[0m ${shown}\n`);
  const answer = (await agent.callTool({ name, arguments: args })) as CallToolResult;
  const text = answer.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  appendFileSync(log, `${folded(text.trimEnd().replaceAll(folder, '/var/log')).replace(/^/gm, '  ')}\n\n`);
}

/** Between words, as an agent's own window folds. */
function folded(text: string): string {
  const width = new RegExp(`(.{1,${COLUMNS - 4}})(?: +|$)`, 'g');
  const lines = text.split('\n').map((line) => line.replaceAll(width, '$1\n').trimEnd());
  return lines.join('\n');
}

/** With what is none, in the form of a secret, made here so that no scanner takes it for one. */
function aLog(): string {
  const key = ['AKIA', 'Q7ZP3MKX', 'V2LD8TWN'].join('');
  return [
    '2026-11-23T10:04:11Z INFO  worker 3 started',
    `2026-11-23T10:04:12Z DEBUG aws_access_key_id=${key}`,
    '2026-11-23T10:04:15Z ERROR upload failed: 403 SignatureDoesNotMatch',
    '',
  ].join('\n');
}

function commandLine(): string {
  const entries = Object.entries(operator.env);
  const unset = entries.filter(([, value]) => value === undefined).flatMap(([name]) => ['-u', name]);
  const set = entries.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`);
  return ['env', ...unset, ...set, process.execPath, CLI, 'connect'].map((word) => `'${word}'`).join(' ');
}
