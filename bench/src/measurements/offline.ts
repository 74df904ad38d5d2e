import { figuresOf, runSlice } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { aUser } from '../subjects/coordinator-admin.ts';
import { connectAgent } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';

const CALLS = 100;

/** The answer to a user whose executor has never been there, the first and coldest call included. */
export async function measureOffline(world: World): Promise<Measured> {
  const { coordinator } = await world.embedded();
  const agent = await connectAgent(coordinator.url, await aUser(coordinator, 'nobody-connected', 'mcp:tools'));
  const ask = async (): Promise<void> => {
    const answer = await agent.callTool({ name: 'run_command', arguments: { server: 'bench', command: 'true' } });
    if (!JSON.stringify(answer).includes('executor_offline'))
      throw new Error(`expected executor_offline, got ${JSON.stringify(answer)}`);
  };
  const slice = await runSlice(ask, { calls: CALLS, concurrency: 1, warmUp: 0 });
  await agent.close();
  return {
    rows: { 'no executor: the error': [figuresOf([slice], 1)] },
    budgets: [judge('no executor: the error, slowest call, ms', Math.max(...slice.times), 100)],
    notes: [],
  };
}
