import { measureInTurn } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { bareSsh2 } from '../subjects/bare-ssh2.ts';
import { pooledShell } from '../subjects/pooled-shell.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const COMMAND = 'echo hi';
/** What a server does side by side costs it a process each: of a command that only starts, the processors of the server are the bound, and bare ssh2 gains no more. */
const WAITING = 'sleep 0.02';
const EIGHT = 8;

const NOTE = `Side by side, "${COMMAND}" is bound by the processors that start it on the server, also for bare ssh2; the budget is of "${WAITING}".`;

/** What the pool adds to a command on a warm connection, and what one connection bears side by side. */
export async function measurePool(world: World, calls: number): Promise<Measured> {
  const target = await world.target();
  const shells = await Promise.all([
    bareSsh2(target, COMMAND),
    pooledShell(target, COMMAND, 'ssh2'),
    pooledShell(target, COMMAND, 'openssh'),
    pooledShell(target, WAITING, 'ssh2'),
    pooledShell(target, WAITING, 'openssh'),
  ]);
  const [bare, ours, openssh, waiting, waitingByOpenssh] = shells;
  const short = {
    'bare ssh2 exec, warm, TCP_NODELAY': bare.call,
    'pool, ssh2': ours.call,
    'pool, openssh': openssh.call,
  };
  const long = {
    'pool, ssh2, a command of 20 ms': waiting.call,
    'pool, openssh, a command of 20 ms': waitingByOpenssh.call,
  };
  const one = {
    ...(await measureInTurn(short, { calls, concurrency: 1, ...TURNS })),
    ...(await measureInTurn(long, { calls, concurrency: 1, ...TURNS })),
  };
  const eight = await measureInTurn({ ...short, ...long }, { calls: calls * EIGHT, concurrency: EIGHT, ...TURNS });
  await Promise.all(shells.map((shell) => shell.stop()));
  const gain = (name: keyof typeof one): number => one[name].perSecond / eight[name].perSecond;
  return {
    rows: besideEachOther(one, eight),
    budgets: [
      judge('pool p50 / bare exec p50', one['pool, ssh2'].p50 / one['bare ssh2 exec, warm, TCP_NODELAY'].p50, 1.1),
      judge('ssh2: rate of one at a time / of eight, 20 ms', gain('pool, ssh2, a command of 20 ms'), 1 / 3),
      judge('openssh: rate of one at a time / of eight, 20 ms', gain('pool, openssh, a command of 20 ms'), 1 / 3),
    ],
    notes: [TURNS_NOTE, NOTE],
  };
}
