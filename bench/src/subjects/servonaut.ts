import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  anOperator,
  startCoordinator,
  type CoordinatorOptions,
  type TestCoordinator,
  type TestProcess,
} from '@servonaut/testkit';
import type { Call } from '../measure.ts';
import type { Target } from './target.ts';

export interface Servonaut {
  /** `run_command` on the bench's sshd. */
  call(command: string): Call;
  /** A tool that does nothing on any server: the relay and nothing else. */
  readonly noOp: Call;
  readonly coordinator: TestCoordinator;
  readonly executor: TestProcess;
  readonly agent: Client;
  stop(): Promise<void>;
}

/**
 * Ours, whole: coordinator and executor as processes of their own, an MCP SDK client over Streamable HTTP.
 * @param target of all names, or those of one name each
 */
export async function servonaut(
  target: Target | readonly Target[],
  env: CoordinatorOptions['env'] = {},
  names: readonly string[] = ['bench'],
  operatorEnv: Readonly<Record<string, string>> = {},
): Promise<Servonaut> {
  const coordinator = await startCoordinator({ env });
  const { executor_token: token, agent_token: agentToken } = coordinator.bootstrap();
  const targets = [target].flat();
  const operator = await anOperator({
    url: coordinator.url,
    token,
    servers: names.map((name, at) => ({ name, ...addressOf(targets[at % targets.length] as Target) })),
    knownHosts: targets.map(({ knownHostsLine }) => knownHostsLine),
    env: operatorEnv,
  });
  const executor = await operator.connectQuietly();
  const agent = await connectAgent(coordinator.url, agentToken);
  return {
    coordinator,
    executor,
    agent,
    call: (command) => () => callTool(agent, 'run_command', { server: 'bench', command }),
    noOp: () => callTool(agent, 'list_servers', {}),
    stop: async () => {
      await agent.close();
      await executor.stop();
      await coordinator.stop();
    },
  };
}

function addressOf({ host, port, user, privateKeyPath }: Target) {
  return { host, port, user, identity_file: privateKeyPath };
}

export async function connectAgent(url: string, token: string): Promise<Client> {
  const agent = new Client({ name: 'bench', version: '1.0.0' });
  const headers = { authorization: `Bearer ${token}` };
  await agent.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  return agent;
}

export async function callTool(agent: Client, name: string, args: Record<string, unknown>): Promise<unknown> {
  const answer = await agent.callTool({ name, arguments: args });
  if (answer.isError === true) throw new Error(`${name} failed: ${JSON.stringify(answer.content)}`);
  return answer;
}
