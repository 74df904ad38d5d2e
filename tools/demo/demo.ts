import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { INSTANTS_META, instantNow, requestInstantsSchema, toolAnswerSchema } from '@servonaut/contracts';
import { anOperator, startCoordinator } from '@servonaut/testkit';
import { startDemoServer } from './demo-server.ts';
import { hopLines } from './hops.ts';

const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ['list_servers', {}],
  ['get_server_info', { server: 'demo-1' }],
  ['run_command', { server: 'demo-1', command: 'uname -sr; id -un' }],
  ['run_command', { server: 'demo-1', command: 'ls /nowhere' }],
  ['run_command', { server: 'demo-9', command: 'uptime' }],
];

const say = (text: string): void => console.log(text);
const indent = (text: string): string => text.trimEnd().replace(/^/gm, '    ');

const server = await startDemoServer();
say(`server       ${server.kind}`);
const coordinator = await startCoordinator();
say('coordinator  a process of its own, with database and hub inside');
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
say('executor     servonaut connect, a process of its own, with the key of demo-1');
const agent = new Client({ name: 'demo', version: '1.0.0' });
const requestInit = { headers: { authorization: `Bearer ${agentToken}` } };
await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', coordinator.url), { requestInit }));
say('agent        the MCP SDK client over Streamable HTTP');

for (const [tool, args] of CALLS) {
  say(`\nagent ► ${tool} ${JSON.stringify(args)}`);
  const sent = instantNow();
  const answer = (await agent.callTool({ name: tool, arguments: args })) as CallToolResult;
  const back = instantNow();
  say(indent(answer.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')));
  for (const line of whereTheTimeWent(answer, sent, back)) say(`  ${line}`);
}

await agent.close();
await executor.stop();
await coordinator.stop();
await server.stop();

function whereTheTimeWent(answer: CallToolResult, sent: number, back: number): string[] {
  const told = requestInstantsSchema.safeParse(answer._meta?.[INSTANTS_META]);
  if (!told.success) return [`answered by the coordinator in ${(back - sent).toFixed(1)} ms`];
  const [result] = toolAnswerSchema.parse(answer.structuredContent).results;
  return hopLines({ ...told.data, sent, back }, result?.server ?? null);
}
