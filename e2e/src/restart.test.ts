import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startCoordinator, waitFor } from '@servonaut/testkit';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent } from './agent.ts';
import { aWorld, type World } from './world.ts';

/** What the tools of jobs answer, together. */
interface JobAnswer {
  readonly job: unknown;
  readonly jobs: readonly { readonly state: string }[];
  readonly stdout: { readonly text: string };
}

describe('when a part is killed', () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  // Each test has an executor that has done nothing before.
  afterEach(async () => {
    await world.executor.stop();
    world.executor = await world.operator.connect();
  }, 30_000);
  afterAll(() => world.stop(), 30_000);

  const traceOf = (name: string): string => join(world.sshd.home, name);
  const lines = (path: string): string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];

  it('runs a request at most once although its executor is killed in the middle and started again', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const trace = traceOf('once');
    const call = agent.call('run_command', {
      server: 'web-1',
      command: `echo ran >> ${trace}; sleep 4; echo done >> ${trace}`,
      timeout_seconds: 30,
    });
    await waitFor(() => lines(trace).length > 0, { what: 'the command to have begun' });
    world.executor.kill('SIGKILL');
    await world.executor.exited;
    world.executor = await world.operator.connect();
    const { result, isError, answer } = await call;
    expect({ status: result.status, isError }).toEqual({ status: 'unknown', isError: true });
    expect(result.error).toMatchObject({ code: 'outcome_unknown' });
    const later = await agent.call('get_request', { request_id: answer.request_id });
    expect(later.result.status).toBe('unknown');
    expect(later.text).toMatch(/while run_command ran on web-1; it had begun at \d{4}-.+Z\./);
    expect(later.text).toContain('It is not run again.\nNext: Look on the server');
    // The next call shows that the new executor works and is through with everything that was open.
    await agent.call('run_command', { server: 'web-1', command: 'true' });
    expect(lines(trace).filter((line) => line === 'ran')).toHaveLength(1);
    await agent.close();
  }, 60_000);

  it('leaves jobs running whose connection was cut and whose executor was killed, and knows them again', async () => {
    const server = 'web-1';
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const dataOf = async (tool: string, input: object): Promise<JobAnswer> => {
      const { result } = await agent.call(tool, { server, ...input });
      expect([tool, result]).toMatchObject([tool, { status: 'succeeded' }]);
      return result.data as unknown as JobAnswer;
    };
    const start = async (command: string) => (await dataOf('start_job', { command, keep_hours: 1 })).job as string;
    const stateOf = async (job: string) => (await dataOf('job_status', { job })).jobs[0];
    const go = traceOf('job-go');
    const waiting = `for i in $(seq 300); do [ ! -e ${go} ] || exit 7; sleep 0.1; done`;
    const [ends, goesOn] = [await start(waiting), await start('sleep 30 & echo $!; wait')];

    const { result } = await agent.call('run_command', { server, command: 'echo $PPID' });
    const session = Number(result.stdout);
    expect(readFileSync(`/proc/${session}/comm`, 'utf8')).toMatch(/^sshd/);
    process.kill(session, 'SIGKILL');
    expect(await stateOf(ends)).toMatchObject({ state: 'running' });
    world.executor.kill('SIGKILL');
    await world.executor.exited;
    world.executor = await world.operator.connect();
    expect([await stateOf(ends), await stateOf(goesOn)]).toMatchObject([{ state: 'running' }, { state: 'running' }]);

    writeFileSync(go, '');
    const ended = await waitFor(
      async () => {
        const state = await stateOf(ends);
        return state?.state !== 'running' && state;
      },
      { what: 'the end of the job', everyMs: 100 },
    );
    expect(ended).toMatchObject({ state: 'exited', exit_code: 7 });
    const child = Number((await dataOf('job_output', { job: goesOn })).stdout.text);
    expect(existsSync(`/proc/${child}`)).toBe(true);
    expect(await dataOf('stop_job', { job: goesOn })).toMatchObject({ was_running: true });
    await waitFor(() => !existsSync(`/proc/${child}`), { what: 'the end of all of its group' });
    await agent.close();
  }, 60_000);

  it('reconnects by itself when the coordinator comes back, and delivers the result that was waiting', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const [go, trace] = [traceOf('go'), traceOf('finished')];
    const command = `echo begun > ${trace}; while [ ! -e ${go} ]; do sleep 0.1; done; echo finished >> ${trace}; echo the result`;
    const call = agent
      .call('run_command', { server: 'web-1', command, timeout_seconds: 60 })
      .catch((error: unknown) => error);
    await waitFor(() => lines(trace).length === 1, { what: 'the command to have begun' });
    const requestId = await waitFor(() => world.executor.output().match(/"request_id":"([0-9a-f-]{36})"/)?.[1], {
      what: "the request's id",
    });

    const { dataDir, port } = world.coordinator;
    world.coordinator.process.kill('SIGKILL');
    await world.coordinator.process.exited;
    await call;
    await agent.close();
    await world.operator.run(['run-command', 'web-1', '--', `touch ${go}`]);
    await waitFor(() => lines(trace).length === 2, { what: 'the command to have finished' });

    const coordinator = await startCoordinator({ dataDir, port });
    world.coordinator = coordinator;
    const again = await connectAgent('http', coordinator.url, world.tokens.agent_token);
    const found = await waitFor(
      async () => {
        const { result } = await again.call('get_request', { request_id: requestId });
        return result.status === 'succeeded' && result;
      },
      { what: 'the waiting result to arrive', timeoutMs: 45_000, everyMs: 200 },
    );
    expect(found.stdout).toBe('the result\n');
    const after = await waitFor(
      async () => {
        const { result } = await again.call('run_command', { server: 'web-1', command: 'echo back' });
        return result.status === 'succeeded' && result;
      },
      { what: 'the executor to be back', timeoutMs: 45_000, everyMs: 200 },
    );
    expect(after.stdout).toBe('back\n');
    await again.close();
  }, 120_000);

  it('says so when no executor is connected: when it was last seen, and what to start', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    world.executor.kill('SIGTERM');
    expect((await world.executor.exited).code).toBe(0);
    const { result, isError, text } = await agent.call('run_command', { server: 'web-1', command: 'true' });
    expect(isError).toBe(true);
    expect(result.error).toMatchObject({
      code: 'executor_offline',
      facts: { profile: 'default', last_seen_at: expect.any(String) },
    });
    expect(text).toContain('servonaut connect');
    world.executor = await world.operator.connect();
    expect((await agent.call('run_command', { server: 'web-1', command: 'echo hi' })).result.stdout).toBe('hi\n');
    await agent.close();
  }, 60_000);

  it('lets a running request finish when the executor is asked to stop, and takes no new one', async () => {
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    const [go, trace] = [traceOf('drain-go'), traceOf('drain')];
    const call = agent.call('run_command', {
      server: 'web-1',
      command: `echo begun > ${trace}; while [ ! -e ${go} ]; do sleep 0.1; done; echo drained`,
    });
    await waitFor(() => lines(trace).length > 0, { what: 'the command to have begun' });
    world.executor.kill('SIGINT');
    await waitFor(() => world.executor.output().includes('"event":"draining"'), { what: 'the executor to drain' });
    const refused = await agent.call('run_command', { server: 'web-1', command: `echo too late >> ${trace}` });
    expect(refused.result.error).toMatchObject({ code: 'executor_draining' });
    writeFileSync(go, '');
    expect((await call).result).toMatchObject({ status: 'succeeded', stdout: 'drained\n' });
    expect((await world.executor.exited).code).toBe(0);
    expect(lines(trace)).toEqual(['begun']);
    world.executor = await world.operator.connect();
    await agent.close();
  }, 60_000);
});
