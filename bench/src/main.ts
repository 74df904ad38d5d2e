import { startMercureHub, startProcess, startSshd, temporaryFolder } from '@servonaut/testkit';
import { mkdirSync, writeFileSync } from 'node:fs';
import { measure, measureInTurn, type Figures } from './measure.ts';
import { judge, printTable, type Budget } from './report.ts';
import { bareSsh2 } from './subjects/bare-ssh2.ts';
import { callTool, connectAgent, servonaut } from './subjects/servonaut.ts';
import { sshMcp } from './subjects/ssh-mcp.ts';

/** Calls of each subject at each concurrency; BENCH_CALLS shortens a run. */
const CALLS = Number(process.env['BENCH_CALLS'] ?? 400);
const COMMAND = 'echo hi';
const SLICES = 5;
const WARM = { warmUp: 200, rewarm: 20, slices: SLICES };

// sshd closes a session a little after the client has: with its default of 10, a peer that keeps 8 open is refused now and then. It logs as a server does by default.
const sshd = await startSshd({ maxSessions: 100, config: ['LogLevel INFO'] });
const target = { ...sshd, knownHostsLine: sshd.hostKeyLine };
const hub = await startMercureHub();
const folder = await temporaryFolder();

const bare = await bareSsh2(target, COMMAND);
const peer = await sshMcp(target, COMMAND, folder);
const embedded = await servonaut(target);
const reference = await servonaut(target, {
  MERCURE_URL: hub.url,
  MERCURE_PUBLISHER_JWT_KEY: hub.publisherKey,
  MERCURE_SUBSCRIBER_JWT_KEY: hub.subscriberKey,
});

const roundTrips = {
  'bare ssh2 exec, warm, TCP_NODELAY': bare.call,
  'ssh-mcp over stdio': peer.call,
  'servonaut, embedded hub': embedded.call(COMMAND),
  'servonaut, reference hub': reference.call(COMMAND),
};
const one = await measureInTurn(roundTrips, { calls: CALLS, concurrency: 1, ...WARM });
const eight = await measureInTurn(roundTrips, { calls: CALLS, concurrency: 8, ...WARM });

const echo = await startEchoServer();
const noOps = { 'bare MCP SDK server, no-op': echo.call, 'servonaut, no-op through the relay': embedded.noOp };
const noOpOne = await measureInTurn(noOps, { calls: CALLS, concurrency: 1, ...WARM });
const noOpEight = await measureInTurn(noOps, { calls: CALLS, concurrency: 8, ...WARM });
const offline = await measureOffline();
const versions = await measureInTurn(
  { 'node -e 0': run(['-e', '0']), 'servonaut --version': run([cliMain(), '--version']) },
  { calls: 10, concurrency: 1, warmUp: 1, rewarm: 1, slices: SLICES },
);

const rows: Record<string, Figures[]> = {};
for (const set of [one, eight, noOpOne, noOpEight, { 'no executor: the error': offline }, versions]) {
  for (const [name, figures] of Object.entries(set)) (rows[name] ??= []).push(figures);
}

const budgets: Budget[] = [
  judge('round trip p50 / ssh-mcp p50', one['servonaut, embedded hub'].p50 / one['ssh-mcp over stdio'].p50, 1 / 5),
  judge(
    'round trip p50 / bare exec p50',
    one['servonaut, embedded hub'].p50 / one['bare ssh2 exec, warm, TCP_NODELAY'].p50,
    3,
  ),
  judge(
    'reference hub p50 / embedded hub p50',
    one['servonaut, reference hub'].p50 / one['servonaut, embedded hub'].p50,
    1.3,
  ),
  judge(
    'bare MCP server / no-op through the relay, calls per second at 8',
    noOpEight['bare MCP SDK server, no-op'].perSecond / noOpEight['servonaut, no-op through the relay'].perSecond,
    1 / 0.4,
  ),
  judge('no executor: the error, p99, ms', offline.p99, 100),
  judge('servonaut --version p50 / node -e 0 p50', versions['servonaut --version'].p50 / versions['node -e 0'].p50, 4),
];

printTable(rows, budgets);
const results = new URL('../results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL('latest.json', results),
  JSON.stringify({ at: new Date().toISOString(), node: process.version, calls: CALLS, rows, budgets }, null, 2),
);
console.log('\nas JSON: bench/results/latest.json');

await Promise.all([bare.stop(), peer.stop(), embedded.stop(), reference.stop(), echo.stop()]);
await Promise.all([hub.stop(), sshd.stop()]);

async function startEchoServer(): Promise<{ call: () => Promise<unknown>; stop(): Promise<unknown> }> {
  const main = new URL('./subjects/echo-server.ts', import.meta.url).pathname;
  const process = await startProcess({ command: globalThis.process.execPath, args: [main], ready: /"port"/ });
  const { port } = JSON.parse(process.stdout.join('')) as { port: number };
  const agent = await connectAgent(`http://127.0.0.1:${port}`, 'none');
  return { call: () => callTool(agent, 'noop', {}), stop: () => agent.close().then(() => process.stop()) };
}

/** A user of the embedded coordinator whose executor has never been there. */
async function measureOffline(): Promise<Figures> {
  const admin = embedded.coordinator.bootstrap().admin_token;
  const post = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const answer = await fetch(embedded.coordinator.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const user = await post('/api/admin/users', { name: 'nobody-connected' });
  const credential = await post(`/api/admin/users/${user['id']}/credentials`, {
    label: 'bench',
    scopes: ['mcp:tools'],
  });
  const agent = await connectAgent(embedded.coordinator.url, String(credential['token']));
  const figures = await measure(
    async () => {
      const answer = await agent.callTool({ name: 'run_command', arguments: { server: 'bench', command: COMMAND } });
      if (!JSON.stringify(answer).includes('executor_offline'))
        throw new Error(`expected executor_offline, got ${JSON.stringify(answer)}`);
    },
    { calls: 100, concurrency: 1, warmUp: 0 },
  );
  await agent.close();
  return figures;
}

function cliMain(): string {
  return new URL('../../apps/cli/bin/run.js', import.meta.url).pathname;
}

function run(args: readonly string[]): () => Promise<unknown> {
  return async () => {
    const { exited } = await startProcess({ command: process.execPath, args });
    const end = await exited;
    if (end.code !== 0) throw new Error(`node ${args.join(' ')} exited ${end.code}`);
  };
}
