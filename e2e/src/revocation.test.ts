import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startCoordinator, unlessMissing, waitFor, type TestCoordinator } from '@servonaut/testkit';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent, WAYS_IN } from './agent.ts';
import { Program } from './authorization.ts';
import { openBrowser, WITHOUT_CHROMIUM } from './chromium.ts';
import { describeEach, embedded, production, type Deployment } from './deployment.ts';
import { acceptInvitation } from './person.ts';
import { aUser, aWorld, operatorOf, rest, type World } from './world.ts';

/** What an admin may count on, from the answer to the revocation until the last process on the server is gone. */
const GONE_WITHIN_MS = 2_000;

describeEach({ embedded, production })('a credential that is revoked while its command runs (%s)', (_, deploy) => {
  let world: World;
  let deployment: Deployment;
  /** Another coordinator beside that of the agents and the executor; where there is one alone, that one. */
  let elsewhere: TestCoordinator;

  beforeAll(async () => {
    deployment = await deploy();
    world = await aWorld({ env: deployment.env });
    elsewhere = deploy === embedded ? world.coordinator : await startCoordinator({ env: deployment.env });
  }, 120_000);

  afterAll(async () => {
    if (elsewhere !== world.coordinator) await elsewhere.stop();
    await world.stop();
    await deployment.stop();
  }, 60_000);

  async function aBot(): Promise<{ token: string; credentialId: string }> {
    const { url } = world.coordinator;
    const path = `${url}/api/admin/users/${world.tokens.user_id}/credentials`;
    const made = await rest(path, world.tokens.admin_token, { label: 'ci-bot', scopes: ['mcp:tools'] });
    return { token: made.body.token, credentialId: made.body.id };
  }

  const runs = (pid: number): boolean => {
    try {
      return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
    } catch {
      return false;
    }
  };

  /** Starts a command that does not end by itself, and answers the process id that it has on the server. */
  async function pidOf(trace: string): Promise<number> {
    await waitFor(() => existsSync(trace) && readFileSync(trace, 'utf8').endsWith('\n'), {
      what: 'the command to run',
    });
    return Number(readFileSync(trace, 'utf8'));
  }

  it.each(WAYS_IN)(
    'is stopped on the server, and its agent told why: %s',
    async (way) => {
      const { token, credentialId } = await aBot();
      const [agent, other] = await Promise.all(
        [token, world.tokens.agent_token].map((one) => connectAgent(way, world.coordinator.url, one)),
      );
      const [trace, otherTrace, enough] = [`revoked-${way}`, `kept-${way}`, `enough-${way}`].map((name) =>
        join(world.sshd.home, name),
      ) as [string, string, string];
      const call = agent!.call('run_command', { server: 'web-1', command: `echo $$ > ${trace}; exec sleep 300` });
      const kept = other!.call('run_command', {
        server: 'web-1',
        command: `echo $$ > ${otherTrace}; until [ -e ${enough} ]; do sleep 0.1; done; echo kept`,
      });
      const [pid, keptPid] = [await pidOf(trace), await pidOf(otherTrace)];
      expect([runs(pid), runs(keptPid)]).toEqual([true, true]);

      const { url } = world.coordinator;
      const path = `${url}/api/admin/credentials/${credentialId}`;
      expect((await rest(path, world.tokens.admin_token, undefined, 'DELETE')).status).toBe(200);
      await waitFor(() => !runs(pid), { what: 'the end of the command', timeoutMs: GONE_WITHIN_MS, everyMs: 20 });
      const { isError, result } = await call;
      expect(isError).toBe(true);
      expect(result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });

      writeFileSync(enough, '');
      expect((await kept).result).toMatchObject({ status: 'succeeded', stdout: 'kept\n' });
      await agent!.close().catch(() => undefined);
      await other!.close();
    },
    60_000,
  );

  it('is stopped when its user revokes it, at whichever coordinator', async () => {
    const { admin_token: admin, user_id: userId } = world.tokens;
    const issued = await rest(`${elsewhere.url}/api/admin/users/${userId}/credentials`, admin, {
      label: 'maker',
      scopes: ['credentials', 'mcp:tools'],
    });
    const { token: maker } = issued.body;
    const own = `${elsewhere.url}/api/me/credentials`;
    const { token, id } = (await rest(own, maker, { label: 'bot', tools: ['run_command'], servers: ['web-*'] })).body;
    const agent = await connectAgent('http', world.coordinator.url, token);
    const trace = join(world.sshd.home, 'own');
    const call = agent.call('run_command', { server: 'web-1', command: `echo $$ > ${trace}; exec sleep 300` });
    const pid = await pidOf(trace);
    expect((await rest(`${own}/${id}`, maker, undefined, 'DELETE')).status).toBe(200);
    await waitFor(() => !runs(pid), { what: 'the end of the command', timeoutMs: GONE_WITHIN_MS, everyMs: 20 });
    const { isError, result } = await call;
    expect(isError).toBe(true);
    expect(result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });
    await agent.close().catch(() => undefined);
  }, 60_000);

  unlessMissing(it, WITHOUT_CHROMIUM)(
    'is stopped when what its agent was let do has ended',
    async () => {
      const { url } = world.coordinator;
      const person = await openBrowser();
      await acceptInvitation(person, world.tokens.invitation_url);
      const { accessToken } = await (await Program.register(url)).letIn(person, '/mcp', 'mcp:tools');
      const agent = await connectAgent('http', url, accessToken);
      const trace = join(world.sshd.home, 'ended');
      const call = agent.call('run_command', { server: 'web-1', command: `echo $$ > ${trace}; exec sleep 300` });
      const pid = await pidOf(trace);
      await person.page.goto(`${url}/account`);
      await person.page.getByRole('button', { name: 'End the access of' }).click();
      await waitFor(() => !runs(pid), { what: 'the end of the command', timeoutMs: GONE_WITHIN_MS, everyMs: 20 });
      expect((await call).result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });
      await agent.close();
      await person.close();
    },
    60_000,
  );

  it("is stopped although it is the executor's own, and its user disabled", async () => {
    const { url } = world.coordinator;
    const { userId, token } = await aUser(world, 'ada', { scopes: ['relay:connect', 'mcp:tools'] });
    const executor = await (await operatorOf(url, token, world.sshd)).connect();
    const agent = await connectAgent('http', url, token);
    const trace = join(world.sshd.home, 'disabled');
    const call = agent.call('run_command', { server: 'web-1', command: `echo $$ > ${trace}; exec sleep 300` });
    const pid = await pidOf(trace);
    const path = `${url}/api/admin/users/${userId}`;
    expect((await rest(path, world.tokens.admin_token, { disabled: true }, 'PATCH')).status).toBe(200);
    await waitFor(() => !runs(pid), { what: 'the end of the command', timeoutMs: GONE_WITHIN_MS, everyMs: 20 });
    expect((await call).result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });
    await agent.close();
    await executor.stop();
  }, 60_000);
});
