import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { waitFor } from '@servonaut/testkit';
import { judge, type Measured } from '../report.ts';
import type { World } from '../world.ts';

const TIMES = 5;
const TIMEOUT_SECONDS = 1;
const MOST_MS = 5_000;

/** From the timeout of a command that ignores INT and TERM until neither it nor its child is left on the server, by the settings as they are. */
export async function measureStop(world: World): Promise<Measured> {
  const { agent } = await world.embedded();
  const taken: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const sleep = `sleep 1000.${randomInt(1_000_000)}`;
    const command = `sh -c 'trap "" INT TERM; ${sleep} & ${sleep}'`;
    const asked = performance.now();
    const answering = agent.callTool({
      name: 'run_command',
      arguments: { server: 'bench', command, timeout_seconds: TIMEOUT_SECONDS },
    });
    await waitFor(async () => (await running(sleep)) === 2, { what: `two processes of ${sleep}` });
    await waitFor(async () => (await running(sleep)) === 0, { what: `the end of ${sleep}`, timeoutMs: 30_000 });
    taken.push(performance.now() - asked - TIMEOUT_SECONDS * 1_000);
    const answer = JSON.stringify(await answering);
    if (!answer.includes('all of its processes that could be found were stopped'))
      throw new Error(`expected the word that it was stopped, got ${answer}`);
  }
  return {
    rows: {},
    budgets: [
      judge(
        'a command that ignores INT and TERM, gone with its child after its timeout, slowest, ms',
        Math.max(...taken),
        MOST_MS,
      ),
    ],
    notes: [],
  };
}

async function running(commandLine: string): Promise<number> {
  const { stdout } = await promisify(execFile)('pgrep', ['-cxf', commandLine]).catch(noneFound);
  return Number(stdout);
}

/** Then pgrep exits with 1. */
function noneFound(error: { readonly code?: number; readonly stdout?: string }): { stdout: string } {
  if (error.code === 1) return { stdout: '0' };
  throw new Error('pgrep cannot be asked', { cause: error });
}
