import { forgetPeak, memoryIsTold, peakBytes, residentBytes } from '../resident-memory.ts';
import { judge, type Measured } from '../report.ts';
import { servonaut, type Servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Text, as a command writes that was not meant to. */
const COMMAND = `yes "a line of output, as a log has many of them" | head -c ${GIB}`;
/** What keeps all of it on the operator's disk. */
const KEPT_WHOLE = { SERVONAUT_OUTPUT_KEEP_MIB: '4096', SERVONAUT_OUTPUT_KEEP_REQUEST_MIB: '2048' };

interface Answer {
  readonly request_id: string;
  readonly results: readonly {
    readonly stdout_bytes?: number;
    readonly output_kept?: boolean;
    readonly data?: { readonly kept_bytes: number; readonly text: string };
  }[];
}

interface Growth {
  readonly requestId: string;
  readonly bytes: number;
  readonly note: string;
}

/** How much the executor's memory grows while a command writes 1 GiB: as much of it kept on disk as by default, and all of it. */
export async function measureOutput(world: World): Promise<Measured> {
  if (!memoryIsTold)
    return { rows: {}, budgets: [], notes: ['1 GiB of remote output: not measured, there is no /proc.'] };
  const bounded = await growth(await world.embedded(), 'as text');
  const keeper = await servonaut(await world.target(), {}, ['bench'], KEPT_WHOLE);
  try {
    const whole = await growth(keeper, 'kept whole');
    return {
      rows: {},
      budgets: [
        judge("1 GiB of remote output: growth of the executor's memory, MiB", bounded.bytes / MIB, 64),
        judge('1 GiB of remote output, kept whole: the same, MiB', whole.bytes / MIB, 64),
      ],
      notes: [bounded.note, whole.note, await searched(keeper, whole.requestId)],
    };
  } finally {
    await keeper.stop();
  }
}

async function growth(subject: Servonaut, how: string): Promise<Growth> {
  const { agent, executor } = subject;
  for (let warmUp = 0; warmUp < 50; warmUp++) await subject.call('echo hi')();
  const before = residentBytes(executor.pid);
  forgetPeak(executor.pid);
  const begun = performance.now();
  const args = { server: 'bench', command: COMMAND, timeout_seconds: 300 };
  const answer = await agent.callTool({ name: 'run_command', arguments: args }, undefined, { timeout: 300_000 });
  const seconds = (performance.now() - begun) / 1_000;
  const { request_id: id, results } = answer.structuredContent as Answer;
  if (results[0]?.stdout_bytes !== GIB || results[0].output_kept !== true)
    throw new Error(`1 GiB was not all read: ${JSON.stringify(answer).slice(0, 500)}`);
  const peak = peakBytes(executor.pid);
  const memory = `the executor had ${(before / MIB).toFixed(0)} MiB resident before and ${(peak / MIB).toFixed(0)} MiB at its peak`;
  return {
    requestId: id,
    bytes: peak - before,
    note: `1 GiB of remote output, ${how}, read in ${seconds.toFixed(1)} s: ${memory}.`,
  };
}

/** What is kept is all there, and can be searched. */
async function searched({ agent, executor }: Servonaut, requestId: string): Promise<string> {
  const before = residentBytes(executor.pid);
  forgetPeak(executor.pid);
  const begun = performance.now();
  const args = { server: 'bench', request_id: requestId, grep: 'no line has this', timeout_seconds: 300 };
  const answer = await agent.callTool({ name: 'read_output', arguments: args }, undefined, { timeout: 300_000 });
  const seconds = (performance.now() - begun) / 1_000;
  const kept = (answer.structuredContent as Answer).results[0]?.data?.kept_bytes;
  if (kept !== GIB) throw new Error(`1 GiB was not all kept: ${JSON.stringify(answer).slice(0, 500)}`);
  const grown = (peakBytes(executor.pid) - before) / MIB;
  return `1 GiB of kept output, searched in ${seconds.toFixed(1)} s: the executor grew by ${grown.toFixed(0)} MiB.`;
}
