import { measureInTurn, percentile } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { bareSsh2 } from '../subjects/bare-ssh2.ts';
import { callTool, servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';
import { besideEachOther } from './turns.ts';

const SERVERS = 100;
const COMMAND = 'sleep 1';
const CALLS = 10;
const TURNS = { calls: CALLS, concurrency: 1, warmUp: 1, rewarm: 0, slices: CALLS / 2 };

interface Answer {
  readonly structuredContent: { readonly results: readonly { readonly duration_ms: number }[] };
}

/** One call that is for many servers, each of which takes a second, beside that second alone. They are one machine under many names. */
export async function measureManyServers(world: World): Promise<Measured> {
  const target = await world.target();
  const names = Array.from({ length: SERVERS }, (_, at) => `bench-${at}`);
  const ours = await servonaut(target, { MCP_SERVERS_PER_CALL: String(SERVERS) }, names);
  world.atTheEnd(() => ours.stop());
  const bare = await bareSsh2(target, COMMAND);
  const slowest: number[] = [];
  const callMany = async (): Promise<void> => {
    const answer = (await callTool(ours.agent, 'run_command', { servers: ['bench-*'], command: COMMAND })) as Answer;
    const times = answer.structuredContent.results.map(({ duration_ms: ms }) => ms);
    if (times.length !== SERVERS) throw new Error(`${times.length} servers have answered`);
    slowest.push(Math.max(...times));
  };
  const figures = await measureInTurn(
    {
      'bare ssh2 exec, one server': bare.call,
      'servonaut, one server': () => callTool(ours.agent, 'run_command', { server: names[0], command: COMMAND }),
      'servonaut, 100 servers in one call': callMany,
    },
    TURNS,
  );
  await bare.stop();
  const [many, one] = [figures['servonaut, 100 servers in one call'].p50, figures['bare ssh2 exec, one server'].p50];
  return {
    rows: besideEachOther(figures),
    budgets: [judge('100 servers in one call / the slowest of them', many / percentile(slowest, 0.5), 1.3)],
    notes: [
      `The command is "${COMMAND}"; all connections are warm. The slowest of ${SERVERS}, which are one machine here, took ${percentile(slowest, 0.5).toFixed(0)} ms; the call took ${(many / one).toFixed(2)} × the command on one server alone.`,
    ],
  };
}
