import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startCoordinator, startSshd, type Bootstrap } from '@servonaut/testkit';
import { connectAgent, type Agent, type AgentAnswer } from './agent.ts';
import { describeEach, embedded, production } from './deployment.ts';
import { operatorOf, rest } from './world.ts';

const ENTRANCES = { 'one coordinator, in memory': 1, 'two coordinators on Redis and PostgreSQL': 2 } as const;

/** More than come at once in the first test. */
const REPEATS = 60;

describeEach({
  'one coordinator, in memory': embedded,
  'two coordinators on Redis and PostgreSQL': production,
})('calls that come at once: %s', (name, deploy) => {
  const urls: string[] = [];
  const stops: (() => Promise<unknown>)[] = [];
  let tokens: Bootstrap;

  beforeAll(async () => {
    const [deployment, sshd] = await Promise.all([deploy(), startSshd()]);
    stops.push(
      () => deployment.stop(),
      () => sshd.stop(),
    );
    const env = { ...deployment.env, ENTITLEMENTS_BREAKER_REPEATS: String(REPEATS) };
    while (urls.length < ENTRANCES[name as keyof typeof ENTRANCES]) {
      const coordinator = await startCoordinator({ env });
      stops.push(() => coordinator.stop());
      if (urls.push(coordinator.url) === 1) tokens = coordinator.bootstrap();
    }
    const operator = await operatorOf(urls[0]!, tokens.executor_token, sshd);
    const executor = await operator.connect();
    stops.push(() => executor.stop());
  }, 120_000);

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  }, 60_000);

  /** Agents of a credential with these rules, one at each coordinator. */
  async function agentsWith(rules: object | null): Promise<Agent[]> {
    const wanted = { label: 'busy', scopes: ['mcp:tools'], rules };
    const path = `/api/admin/users/${tokens.user_id}/credentials`;
    const { status, body } = await rest(`${urls[0]}${path}`, tokens.admin_token, wanted);
    expect(status).toBe(201);
    return Promise.all(urls.map((url) => connectAgent('http', url, body.token)));
  }

  async function callAtOnce(agents: readonly Agent[], times: number): Promise<AgentAnswer[]> {
    const calls = Array.from({ length: times }, (_, at) => agents[at % agents.length]!.call('list_servers', {}));
    const answers = await Promise.all(calls);
    await Promise.all(agents.map((agent) => agent.close()));
    return answers;
  }

  const codes = (answers: readonly AgentAnswer[]): string[] =>
    answers.map(({ result }) => result.error?.code ?? result.status).sort();

  it('pass as many as the quota says, exactly', async () => {
    const answers = await callAtOnce(await agentsWith({ '*': { per_day: 20 } }), 50);
    expect(codes(answers)).toEqual([...Array(30).fill('quota_exceeded'), ...Array(20).fill('succeeded')]);
    const { facts } = answers.find(({ isError }) => isError)!.result.error!;
    expect(facts).toMatchObject({ rule: 'credential.busy/*.per_day', limit: 20, remaining: 0 });
  }, 30_000);

  it('are one loop when they are all the same, wherever they arrive', async () => {
    const answers = await callAtOnce(await agentsWith(null), REPEATS + 20);
    expect(codes(answers)).toEqual([...Array(20).fill('repeated_call'), ...Array(REPEATS).fill('succeeded')]);
  }, 30_000);
});
