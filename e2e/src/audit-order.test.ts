import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startCoordinator } from '@servonaut/testkit';
import { connectAgent, type Agent } from './agent.ts';
import { aWorld, rest, type World } from './world.ts';

describe('the audit of a call', () => {
  let world: World;
  let agent: Agent;
  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  afterAll(() => world.stop(), 30_000);
  beforeEach(async () => {
    agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
  });
  afterEach(() => agent.close());

  /** Of the call, in the order of its chain. */
  async function kindsOf(requestId: string): Promise<string[]> {
    const url = `${world.coordinator.url}/api/admin/audit?request_id=${requestId}`;
    const { body } = await rest(url, world.tokens.admin_token);
    const records: { seq: number; kind: string }[] = body.entries.map(({ record }: { record: object }) => record);
    return records.toSorted((a, b) => a.seq - b.seq).map(({ kind }) => kind);
  }

  // Longer than the moment within which a command need not say that it has started.
  const run = async () => {
    const { answer } = await agent.call('run_command', { server: 'web-1', command: 'sleep 0.5' });
    return answer.request_id as string;
  };

  it('has what becomes of it in the order in which it happened', async () => {
    expect(await kindsOf(await run())).toEqual([
      'call.arrived',
      'call.decided',
      'call.delivered',
      'call.started',
      'call.ended',
    ]);
  }, 60_000);

  it('has it after a kill right after the answer', async () => {
    const requestId = await run();
    const { dataDir, port } = world.coordinator;
    world.coordinator.process.kill('SIGKILL');
    await world.coordinator.process.exited;
    world.coordinator = await startCoordinator({ dataDir, port });
    const kinds = await kindsOf(requestId);
    expect(kinds.slice(0, 4)).toEqual(['call.arrived', 'call.decided', 'call.delivered', 'call.started']);
    // The end is written in the turn after the answer.
    expect(kinds.slice(4).filter((kind) => kind !== 'call.ended')).toEqual([]);
  }, 60_000);
});
