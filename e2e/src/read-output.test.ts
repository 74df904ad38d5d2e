import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAgent, WAYS_IN, type Agent } from './agent.ts';
import { aUser, aWorld, rest, type World } from './world.ts';

/** Two million bytes, with one line in the middle that is like no other. */
const COMMAND = 'seq 1 150000; echo needle in the middle; seq 150001 300000';

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `${from + at}\n`).join('');
const WRITTEN = `${count(1, 150_000)}needle in the middle\n${count(150_001, 300_000)}`;

describe('a long output', () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  afterAll(() => world.stop(), 30_000);

  const run = async (agent: Agent) => {
    const { text, result, answer } = await agent.call('run_command', { server: 'web-1', command: COMMAND });
    return { text, result, id: answer.request_id ?? '' };
  };

  it.each(WAYS_IN)('is read further over %s, as its answer says', async (way) => {
    const agent = await connectAgent(way, world.coordinator.url, world.tokens.agent_token);
    const { text, result, id } = await run(agent);
    expect(result).toMatchObject({ truncated: true, output_kept: true, exit_code: 0 });
    expect(text).not.toContain('needle');
    expect(text).toContain(`read_output with the server and request_id ${id}`);
    const offset = Number(/left out, from offset (\d+) /.exec(result.stdout)?.[1]);
    const asked = { server: 'web-1', request_id: id };
    const page = await agent.call('read_output', { ...asked, offset, length: 1_000 });
    const shown = result.stdout.slice(0, result.stdout.indexOf('\n[... '));
    expect(page.result.data).toMatchObject({ offset, written_bytes: result.stdout_bytes });
    expect(WRITTEN.startsWith(`${shown}${String(page.result.data?.['text'])}`)).toBe(true);
    const found = await agent.call('read_output', { ...asked, grep: 'needle', context: 1 });
    expect(found.text).toContain('150000-150000\n150001:needle in the middle\n150002-150001\n');
    const tail = await agent.call('read_output', { ...asked, tail: 2 });
    expect(tail.result.data).toMatchObject({ text: '299999\n300000\n', next_offset: null });
    await agent.close();
  });

  it('is read by nobody who did not ask for it, and by the operator', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const { id } = await run(agent);
    const other = await connectAgent('http', world.coordinator.url, await anotherKey());
    const { result } = await other.call('read_output', { server: 'web-1', request_id: id });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'not_found' } });
    const unknown = await other.call('read_output', {
      server: 'web-1',
      request_id: '0190a0a0-0000-7000-8000-000000000001',
    });
    expect(unknown.result.error?.message.replace('0190a0a0-0000-7000-8000-000000000001', id)).toBe(
      result.error?.message,
    );
    const args = ['read-output', 'web-1', '--request-id', id, '--grep', 'needle'];
    expect(await world.operator.run(args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('150001:needle in the middle'),
    });
    await Promise.all([agent.close(), other.close()]);
  });

  it('is not told of to a key that may not read it', async () => {
    const limited = await aUser(world, 'nobody', { scopes: ['mcp:tools'], tools: ['run_command'] });
    const agent = await connectAgent('http', world.coordinator.url, limited.token);
    expect(await agent.tools()).toEqual(['run_command', 'get_request']);
    await agent.close();
  });

  it('of the operator’s own is kept too, and the way to it is told', async () => {
    const { stdout, stderr } = await world.operator.run(['run-command', 'web-1', '--', COMMAND]);
    expect(stdout).not.toContain('needle');
    const [, command] = /servonaut (read-output web-1 --request-id \S+)/.exec(stderr) ?? [];
    const read = await world.operator.run([...(command ?? '').split(' '), '--grep', 'needle']);
    expect(read.stdout).toContain('150001:needle in the middle');
  });

  /** Of the same user. */
  async function anotherKey(): Promise<string> {
    const { url } = world.coordinator;
    const path = `${url}/api/admin/users/${world.tokens.user_id}/credentials`;
    const { body } = await rest(path, world.tokens.admin_token, { label: 'another', scopes: ['mcp:tools'] });
    return body.token;
  }
});
