import { forgetPeak, memoryIsTold, peakBytes, residentBytes } from '../resident-memory.ts';
import { judge, type Measured } from '../report.ts';
import type { World } from '../world.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Text, as a command writes that was not meant to: what is not text is not kept at all, and would be the easier case. */
const COMMAND = `yes "a line of output, as a log has many of them" | head -c ${GIB}`;

interface Answer {
  readonly results: readonly { readonly status: string; readonly stdout_bytes: number }[];
}

/** How much the executor's memory grows while a command writes 1 GiB. */
export async function measureOutput(world: World): Promise<Measured> {
  if (!memoryIsTold)
    return { rows: {}, budgets: [], notes: ['1 GiB of remote output: not measured, there is no /proc.'] };
  const servonaut = await world.embedded();
  const { agent, executor } = servonaut;
  for (let warmUp = 0; warmUp < 50; warmUp++) await servonaut.call('echo hi')();
  const before = residentBytes(executor.pid);
  forgetPeak(executor.pid);
  const begun = performance.now();
  const args = { server: 'bench', command: COMMAND, timeout_seconds: 300 };
  const answer = await agent.callTool({ name: 'run_command', arguments: args }, undefined, { timeout: 300_000 });
  const seconds = (performance.now() - begun) / 1_000;
  const [result] = (answer.structuredContent as Answer).results;
  if (result?.stdout_bytes !== GIB) throw new Error(`1 GiB was not all read: ${JSON.stringify(answer).slice(0, 500)}`);
  const peak = peakBytes(executor.pid);
  return {
    rows: {},
    budgets: [judge("1 GiB of remote output: growth of the executor's memory, MiB", (peak - before) / MIB, 64)],
    notes: [
      `1 GiB of remote output, as text, read in ${seconds.toFixed(1)} s: the executor had ${(before / MIB).toFixed(0)} MiB resident before and ${(peak / MIB).toFixed(0)} MiB at its peak.`,
    ],
  };
}
