import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { instantNow } from '@servonaut/contracts';
import { journaldAvailable, startJournald, unlessMissing, waitFor, type TestJournal } from '@servonaut/testkit';
import { writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { connectAgent, localAgent, WAYS_IN, type Agent } from './agent.ts';
import { describeEach, embedded, production, type Deployment } from './deployment.ts';
import { aWorld, type World } from './world.ts';

/** The two ends of DESIGN section 6. */
const DEPLOYMENTS = { embedded, production };
const withoutJournal = journaldAvailable() ? undefined : "systemd's journal, or root to read it";

describeEach(DEPLOYMENTS)('a tool call through the whole relay (%s)', (_, deploy) => {
  let world: World;
  let journal: TestJournal | undefined;
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy();
    world = await aWorld({ env: deployment.env });
    if (withoutJournal) return;
    journal = await startJournald();
    await journal.write('servonaut-e2e.service', 'first line of the unit');
    await journal.write('servonaut-e2e.service', 'last line of the unit');
  }, 120_000);

  afterAll(async () => {
    await world.stop();
    await journal?.stop();
    await deployment.stop();
  }, 60_000);

  it("is well to the operator's doctor, while the executor runs", async () => {
    const { code, stdout } = await world.operator.run(['doctor', '--json']);
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { check: string; state: string; what: string }[];
    };
    expect(findings.filter(({ state }) => state === 'failure')).toEqual([]);
    expect([ok, code]).toEqual([true, 0]);
    const said = (of: string) => findings.find(({ check }) => check === of);
    expect(said('coordinator')).toMatchObject({ what: expect.stringMatching(/ms, version \d/) });
    expect(said('hub')).toMatchObject({ state: 'ok' });
    expect(said('connect')).toMatchObject({ what: expect.stringContaining('the coordinator sees it') });
    expect(said('server')).toMatchObject({ state: 'ok' });
    expect(stdout).not.toContain(world.sshd.host);
  });

  it('lists the tools as they are listed without a coordinator, to an agent of the machine itself', async () => {
    const [agent, local] = await Promise.all([
      connectAgent('http-2026', world.coordinator.url, world.tokens.agent_token),
      localAgent(world.operator),
    ]);
    try {
      expect(await local.describedTools()).toEqual(await agent.describedTools());
    } finally {
      await Promise.all([agent.close(), local.close()]);
    }
  });

  describe.each(WAYS_IN)('over %s', (way) => {
    let agent: Agent;
    beforeAll(async () => {
      agent = await connectAgent(way, world.coordinator.url, world.tokens.agent_token);
    });
    afterAll(() => agent.close());

    it('lists the tools', async () => {
      expect(await agent.tools()).toEqual(
        expect.arrayContaining([
          'check_status',
          'cloud_instance_control',
          'container_logs',
          'disk_usage',
          'fleet_health',
          'get_logs',
          'get_request',
          'get_server_info',
          'list_cloud_instances',
          'job_output',
          'job_status',
          'list_directory',
          'list_containers',
          'list_processes',
          'list_servers',
          'read_file',
          'read_output',
          'run_command',
          'service_control',
          'service_status',
          'start_job',
          'stop_job',
          'transfer_file',
          'write_file',
        ]),
      );
    });

    it('runs a command and gives stdout, stderr and the true exit code', async () => {
      const { isError, text, result, answer } = await agent.call('run_command', {
        server: 'web-1',
        command: 'echo out; echo err >&2; exit 3',
      });
      expect(result).toMatchObject({
        server: 'web-1',
        status: 'failed',
        exit_code: 3,
        stdout: 'out\n',
        stderr: 'err\n',
        truncated: false,
      });
      expect(isError).toBe(false);
      expect(text).toContain('3');
      expect(answer.request_id).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('tells when the request was where', async () => {
      const sent = instantNow();
      const { instants } = await agent.call('run_command', { server: 'web-1', command: 'sleep 0.05' });
      if (!instants) throw new Error('no instants');
      const { taken, published, received, started, ended, answered } = instants;
      const inOrder = [sent, taken, published, received, started, ended, answered, instantNow()];
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
      expect(ended - started).toBeGreaterThan(50);
    });

    it('gives the last lines of a file', async () => {
      const path = join(world.sshd.home, 'app.log');
      writeFileSync(path, Array.from({ length: 500 }, (__, index) => `line ${index + 1}`).join('\n'));
      const { result, isError } = await agent.call('get_logs', { server: 'web-1', path, lines: 3 });
      expect(isError).toBe(false);
      expect(result).toMatchObject({
        status: 'succeeded',
        stdout: expect.stringMatching(/^line 498\nline 499\nline 500\n?$/),
      });
    });

    unlessMissing(it, withoutJournal)('gives the last lines of the journal', async () => {
      const { result } = await agent.call('get_logs', { server: 'web-1', unit: 'servonaut-e2e.service', lines: 1 });
      expect(result).toMatchObject({
        status: 'succeeded',
        stdout: expect.stringMatching(/^[^\n]*last line of the unit\n?$/),
      });
    });

    it("gives the server's real figures", async () => {
      const { result } = await agent.call('get_server_info', { server: 'web-1' });
      expect(result.status).toBe('succeeded');
      const data = result.data as unknown as { cpus: number; memory: { total_bytes: number } };
      expect(data.cpus).toBe(availableParallelism());
      expect(data.memory.total_bytes / totalmem()).toBeCloseTo(1, 1);
    });

    it('lists servers by name and label, and never by address', async () => {
      const { result, text } = await agent.call('list_servers', {});
      expect(result.data).toMatchObject({ servers: [{ name: 'web-1', labels: { role: 'web' } }] });
      expect(text).not.toContain('127.0.0.1');
      expect(text).not.toContain(String(world.sshd.port));
    });

    it('says that a server is well', async () => {
      const { result, isError } = await agent.call('check_status', { server: 'web-1' });
      expect(isError).toBe(false);
      expect(result).toMatchObject({ status: 'succeeded', data: { reachable: true } });
    });

    it('tells the truth about a request afterwards', async () => {
      const { answer } = await agent.call('run_command', { server: 'web-1', command: 'echo remembered' });
      const later = await agent.call('get_request', { request_id: answer.request_id });
      expect(later.result).toMatchObject({ status: 'succeeded', stdout: 'remembered\n', exit_code: 0 });
    });

    it('shows output while it comes', async () => {
      const seen: string[] = [];
      const { result } = await agent.call(
        'run_command',
        { server: 'web-1', command: 'echo first; sleep 1; echo second' },
        { onProgress: (message) => seen.push(message) },
      );
      expect(result.stdout).toBe('first\nsecond\n');
      expect(seen.join('\n')).toContain('first');
    });
  });

  describe('to an executor that the operator pauses', () => {
    const server = 'web-1';
    const calls: Readonly<Record<string, Record<string, unknown>>> = {
      check_status: { server },
      cloud_instance_control: { name: 'web-1', action: 'stop' },
      container_logs: { server, container: 'web' },
      disk_usage: { server },
      fleet_health: { server },
      get_logs: { server, path: '/etc/hostname' },
      get_server_info: { server },
      job_output: { server, job: '0'.repeat(32) },
      job_status: { server },
      list_cloud_instances: {},
      list_containers: { server },
      list_directory: { server, path: '/etc' },
      list_processes: { server },
      list_servers: {},
      read_file: { server, path: '/etc/hostname' },
      read_output: { server, request_id: '0190a0a0-0000-7000-8000-000000000001' },
      run_command: { server, command: 'true' },
      service_control: { server, name: 'nginx', action: 'restart' },
      service_status: { server, name: 'nginx' },
      start_job: { server, command: 'true' },
      stop_job: { server, job: '0'.repeat(32) },
      transfer_file: { server, direction: 'download', remote: '/etc/hostname' },
      write_file: { server, path: '/tmp/servonaut', content: '' },
    };

    it('is stopped, and refused whichever way it comes, until the operator resumes it', async () => {
      const { operator, executor } = world;
      const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
      const begun = executor.stdout.filter((line) => line.includes('"request_started"')).length;
      const running = agent.call('run_command', { server, command: 'sleep 47205' });
      await waitFor(() => executor.stdout.filter((line) => line.includes('"request_started"')).length > begun, {
        what: 'the command that is to be stopped',
      });
      expect(await operator.run(['pause', '--reason', 'lunch'])).toMatchObject({ code: 0 });
      const paused = { code: 'executor_paused', message: expect.stringContaining('(lunch)') };
      expect((await running).result).toMatchObject({ status: 'cancelled', error: paused });

      const tools = (await agent.tools()).filter((name) => name !== 'get_request');
      expect(tools.toSorted()).toEqual(Object.keys(calls));
      const refused = tools.map(async (name) => {
        const { result } = await agent.call(name, calls[name] ?? {});
        expect([name, result]).toMatchObject([name, { status: 'rejected', error: paused }]);
      });
      const commands = [['run-command', server, '--', 'true'], ['list-servers']].map(async (args) => {
        const code = { code: 75, stderr: expect.stringContaining('[executor_paused]') };
        expect(await operator.run(args)).toMatchObject(code);
      });
      const status = operator.run(['status', '--json']);
      // Jobs that run already are not stopped by the pause, so their operator can still look at them.
      expect(await operator.run(['job-status', server])).toMatchObject({ code: 0 });
      // Nobody but the operator can ask for it, and it runs nothing of anybody's choice.
      const test = operator.run(['servers', 'test', server]);
      await Promise.all([...refused, ...commands]);
      const local = { paused: { since: expect.any(String), reason: 'lunch' } };
      expect(JSON.parse((await status).stdout)).toMatchObject({ local });
      expect(await test).toMatchObject({ code: 0 });

      expect(await operator.run(['resume'])).toMatchObject({ code: 0 });
      const { result } = await agent.call('run_command', { server, command: 'echo again' });
      expect(result).toMatchObject({ status: 'succeeded', stdout: 'again\n' });
      await agent.close();
    });
  });
});
