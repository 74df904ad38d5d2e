import { startProcess } from '@servonaut/testkit';
import { measureInTurn, type Call } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { callTool, connectAgent } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

/** A tool that does nothing through the whole relay, beside a bare MCP server with such a tool. */
export async function measureNoOp(world: World, calls: number): Promise<Measured> {
  const subjects = {
    'bare MCP SDK server, no-op': await startEchoServer(world),
    'servonaut, no-op through the relay': (await world.embedded()).noOp,
  };
  const one = await measureInTurn(subjects, { calls, concurrency: 1, ...TURNS });
  const eight = await measureInTurn(subjects, { calls, concurrency: 8, ...TURNS });
  const ratio = eight['bare MCP SDK server, no-op'].perSecond / eight['servonaut, no-op through the relay'].perSecond;
  return {
    rows: besideEachOther(one, eight),
    budgets: [judge('bare MCP server / no-op through the relay, calls per second at 8', ratio, 1 / 0.4)],
    notes: [TURNS_NOTE],
  };
}

async function startEchoServer(world: World): Promise<Call> {
  const main = new URL('../subjects/echo-server.ts', import.meta.url).pathname;
  const server = await startProcess({ command: process.execPath, args: [main], ready: /"port"/ });
  const { port } = JSON.parse(server.stdout.join('')) as { port: number };
  const agent = await connectAgent(`http://127.0.0.1:${port}`, 'none');
  world.atTheEnd(() => agent.close().then(() => server.stop()));
  return () => callTool(agent, 'noop', {});
}
