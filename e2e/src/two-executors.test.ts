import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anOperator, type TestProcess } from '@servonaut/testkit';
import { connectAgent } from './agent.ts';
import { aWorld, type World } from './world.ts';

describe('two executors of one user', () => {
  let world: World;
  let other: TestProcess;
  beforeAll(async () => {
    world = await aWorld();
    const { sshd, tokens, coordinator } = world;
    const server = {
      name: 'db-1',
      host: sshd.host,
      port: sshd.port,
      user: sshd.user,
      identity_file: sshd.privateKeyPath,
    };
    const options = { url: coordinator.url, token: tokens.executor_token, servers: [server], profile: 'db' };
    other = await (await anOperator({ ...options, knownHosts: [sshd.hostKeyLine] })).connect();
  }, 60_000);
  afterAll(async () => {
    await other.stop();
    await world.stop();
  }, 30_000);

  it('each run what is theirs, and say nothing about what is not, although they hear the same topic', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const calls = Array.from({ length: 20 }, (_, index) => {
      const server = index % 2 === 0 ? 'web-1' : 'db-1';
      return agent.call('run_command', { server, command: `sleep 0.1; echo ${server} ${index}` });
    });
    const answers = await Promise.all(calls);
    expect(answers.map(({ result }) => `${result.status} ${result.stdout.trim()}`)).toEqual(
      answers.map((_, index) => `succeeded ${index % 2 === 0 ? 'web-1' : 'db-1'} ${index}`),
    );
    await agent.close();
  });

  it('are both asked by one call for several servers, each for its own', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const call = await agent.call('run_command', { servers: ['label:role', 'db-*', 'gone-*'], command: 'echo here' });
    await agent.close();
    const answers = call.answer.results.map(({ server, status, stdout }) => `${server} ${status} ${stdout?.trim()}`);
    expect(answers.sort()).toEqual(['db-1 succeeded here', 'web-1 succeeded here']);
    expect(call.text).toContain('run_command on 2 servers: 2 succeeded\nNo server is named by: gone-*\n==');
  });

  it('are asked one after the other, with what each is to read, and no further than the first that fails', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const given = { env: { LANG: 'C' }, stdin: 'read, ', command: 'cat; echo "$LANG"; exit 4' };
    const { answer } = await agent.call('run_command', {
      servers: ['label:role', 'db-1'],
      stop_on_error: true,
      ...given,
    });
    await agent.close();
    const byStatus = answer.results.toSorted((a, b) => a.status.localeCompare(b.status));
    expect(byStatus).toMatchObject([
      { status: 'cancelled', error: { code: 'request_cancelled', facts: { not_begun: true } } },
      { status: 'failed', exit_code: 4, stdout: 'read, C\n' },
    ]);
  });
});
