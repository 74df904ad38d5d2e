import { temporaryFolder } from '@servonaut/testkit';
import { measureInTurn } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { bareSsh2 } from '../subjects/bare-ssh2.ts';
import { sshMcp } from '../subjects/ssh-mcp.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const COMMAND = 'echo hi';

const FLOOR = 'bare ssh2 exec, warm, TCP_NODELAY';
const PEER = 'ssh-mcp over stdio';

/** One warm command from the agent to a real sshd and back, beside the floor and beside the peer. */
export async function measureRoundTrip(world: World, calls: number): Promise<Measured> {
  const target = await world.target();
  const bare = await bareSsh2(target, COMMAND);
  const peer = await sshMcp(target, COMMAND, await temporaryFolder());
  const warm = {
    [FLOOR]: bare.call,
    'servonaut, embedded hub': (await world.embedded()).call(COMMAND),
    'servonaut, reference hub': (await world.reference()).call(COMMAND),
  };
  // Not in turn with them: while it has its slices, of many seconds, they would cool down, and their next calls could be twice as slow.
  const measure = async (concurrency: number) => ({
    ...(await measureInTurn(warm, { calls, concurrency, ...TURNS })),
    ...(await measureInTurn({ [PEER]: peer.call }, { calls, concurrency, ...TURNS })),
  });
  const one = await measure(1);
  const eight = await measure(8);
  await Promise.all([bare.stop(), peer.stop()]);
  const ours = one['servonaut, embedded hub'].p50;
  return {
    rows: besideEachOther(one, eight),
    budgets: [
      judge('round trip p50 / ssh-mcp p50', ours / one[PEER].p50, 1 / 5),
      judge('round trip p50 / bare exec p50', ours / one[FLOOR].p50, 3),
      judge('reference hub p50 / embedded hub p50', one['servonaut, reference hub'].p50 / ours, 1.3),
    ],
    notes: [TURNS_NOTE],
  };
}
