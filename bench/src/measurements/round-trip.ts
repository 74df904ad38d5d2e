import { temporaryFolder } from '@servonaut/testkit';
import { measureInTurn } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { bareSsh2 } from '../subjects/bare-ssh2.ts';
import { sshMcp } from '../subjects/ssh-mcp.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const COMMAND = 'echo hi';

/** One warm command from the agent to a real sshd and back, beside the floor and beside the peer. */
export async function measureRoundTrip(world: World, calls: number): Promise<Measured> {
  const target = await world.target();
  const bare = await bareSsh2(target, COMMAND);
  const peer = await sshMcp(target, COMMAND, await temporaryFolder());
  const subjects = {
    'bare ssh2 exec, warm, TCP_NODELAY': bare.call,
    'ssh-mcp over stdio': peer.call,
    'servonaut, embedded hub': (await world.embedded()).call(COMMAND),
    'servonaut, reference hub': (await world.reference()).call(COMMAND),
  };
  const one = await measureInTurn(subjects, { calls, concurrency: 1, ...TURNS });
  const eight = await measureInTurn(subjects, { calls, concurrency: 8, ...TURNS });
  await Promise.all([bare.stop(), peer.stop()]);
  const ours = one['servonaut, embedded hub'].p50;
  return {
    rows: besideEachOther(one, eight),
    budgets: [
      judge('round trip p50 / ssh-mcp p50', ours / one['ssh-mcp over stdio'].p50, 1 / 5),
      judge('round trip p50 / bare exec p50', ours / one['bare ssh2 exec, warm, TCP_NODELAY'].p50, 3),
      judge('reference hub p50 / embedded hub p50', one['servonaut, reference hub'].p50 / ours, 1.3),
    ],
    notes: [TURNS_NOTE],
  };
}
