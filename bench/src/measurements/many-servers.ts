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

const SLOWEST = 'bare ssh2 exec, 100 servers at once: the slowest';
const MANY = 'servonaut, 100 servers in one call';

interface Answer {
  readonly structuredContent: { readonly results: readonly { readonly duration_ms: number }[] };
}

/**
 * One call that is for many servers, each of which takes a second, beside as many bare ssh2 connections that run the same at once: the slowest of those is
 * what the call waits for in any case. The servers are one machine under many names.
 */
export async function measureManyServers(world: World): Promise<Measured> {
  const target = await world.target();
  const names = Array.from({ length: SERVERS }, (_, at) => `bench-${at}`);
  const ours = await servonaut(target, { MCP_SERVERS_PER_CALL: String(SERVERS) }, names);
  world.atTheEnd(() => ours.stop());
  const bare = await Promise.all(names.map(() => bareSsh2(target, COMMAND)));
  const slowestByOurs: number[] = [];
  const callMany = async (): Promise<void> => {
    const answer = (await callTool(ours.agent, 'run_command', { servers: ['bench-*'], command: COMMAND })) as Answer;
    const times = answer.structuredContent.results.map(({ duration_ms: ms }) => ms);
    if (times.length !== SERVERS) throw new Error(`${times.length} servers have answered`);
    slowestByOurs.push(Math.max(...times));
  };
  const figures = await measureInTurn(
    {
      [SLOWEST]: () => Promise.all(bare.map(({ call }) => call())),
      'servonaut, one server': () => callTool(ours.agent, 'run_command', { server: names[0], command: COMMAND }),
      [MANY]: callMany,
    },
    TURNS,
  );
  await Promise.all(bare.map((one) => one.stop()));
  const ratio = figures[MANY].p50 / figures[SLOWEST].p50;
  return {
    rows: besideEachOther(figures),
    budgets: [judge('100 servers in one call / the slowest of 100 bare ssh2 execs at once', ratio, 1.3)],
    notes: [
      `The command is "${COMMAND}"; all connections are warm, and lead to one machine. By the executor's own count the slowest of ${SERVERS} took ${percentile(slowestByOurs, 0.5).toFixed(0)} ms.`,
    ],
  };
}
