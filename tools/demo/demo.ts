import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { toolAnswerSchema, type ServerAnswer } from '@servonaut/contracts';
import { anOperator, startCoordinator } from '@servonaut/testkit';
import { startDemoServer } from './demo-server.ts';

const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ['list_servers', {}],
  ['run_command', { server: 'demo-1', command: 'echo "hello from $(uname -s)"; id -un' }],
  ['run_command', { server: 'demo-1', command: 'ls /nowhere' }],
  ['get_server_info', { server: 'demo-1' }],
  ['run_command', { server: 'demo-9', command: 'uptime' }],
];

const say = (text: string): void => console.log(text);
const indent = (text: string): string => text.trimEnd().replace(/^/gm, '    ');
const ms = (value: number): string => `${value.toFixed(1)} ms`;

const server = await startDemoServer();
say(`server       ${server.kind}`);
const coordinator = await startCoordinator();
say(`coordinator  ${coordinator.url}, a process of its own, embedded: PGlite, memory, hub inside`);
const { executor_token: executorToken, agent_token: agentToken } = coordinator.bootstrap();
const operator = await anOperator({
  url: coordinator.url,
  token: executorToken,
  servers: [
    { name: 'demo-1', host: server.host, port: server.port, user: server.user, identity_file: server.identityFile },
  ],
  knownHosts: [server.knownHostsLine],
});
const executor = await operator.connect();
say('executor     servonaut connect, a process of its own, holding the key of demo-1');
const agent = new Client({ name: 'demo', version: '1.0.0' });
const requestInit = { headers: { authorization: `Bearer ${agentToken}` } };
await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', coordinator.url), { requestInit }));
say('agent        the MCP SDK client over Streamable HTTP');

for (const [tool, args] of CALLS) {
  say(`\nagent ► ${tool} ${JSON.stringify(args)}`);
  const begun = performance.now();
  const answer = await agent.callTool({ name: tool, arguments: args });
  const total = performance.now() - begun;
  say(indent((answer.content as { text: string }[]).map(({ text }) => text).join('\n')));
  say(`  ${hops(toolAnswerSchema.parse(answer.structuredContent).results[0] as ServerAnswer, total)}`);
}

await agent.close();
await executor.stop();
await coordinator.stop();
await server.stop();

/** The whole, what of it was spent on the server's side of the executor, and what the relay took for itself. */
function hops({ timings = {}, duration_ms: executed }: ServerAnswer, total: number): string {
  const parts = Object.entries(timings).map(([hop, value]) => `${hop} ${ms(value)}`);
  return [
    `${ms(total)} in all`,
    `relay ${ms(Math.max(0, total - executed))}`,
    `executor ${ms(executed)}`,
    ...parts,
  ].join(' · ');
}
