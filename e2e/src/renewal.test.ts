import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startCoordinator,
  startSshd,
  unlessMissing,
  waitFor,
  type Bootstrap,
  type TestCoordinator,
  type TestOperator,
  type TestProcess,
  type TestSshd,
} from '@servonaut/testkit';
import { connectAgent, type Agent } from './agent.ts';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { acceptInvitation, beginLogin, confirm, PASSWORD } from './person.ts';
import { startRenewalProxy, type RenewalProxy } from './renewal-proxy.ts';
import { operatorOf, rest } from './world.ts';

const PROFILE = 'prod';

unlessMissing(describe, WITHOUT_CHROMIUM)('an executor of somebody who signed in', () => {
  let proxy: RenewalProxy;
  let sshd: TestSshd;
  let coordinator: TestCoordinator;
  let tokens: Bootstrap;
  let operator: TestOperator;
  let person: PersonsBrowser;
  let agent: Agent;
  let executor: TestProcess | undefined;

  const signInAndConnect = async (): Promise<TestProcess> => {
    const login = await beginLogin(operator, proxy.url);
    await confirm(person, login);
    expect(await login.process.exited).toMatchObject({ code: 0 });
    executor = await operator.connect();
    return executor;
  };
  const anotherRenewal = async (): Promise<void> => {
    const before = proxy.renewals;
    await waitFor(() => proxy.renewals > before, { what: 'a renewal', timeoutMs: 30_000 });
  };

  beforeAll(async () => {
    [proxy, sshd, person] = await Promise.all([startRenewalProxy(), startSshd(), openBrowser()]);
    coordinator = await startCoordinator({ env: { PUBLIC_URL: proxy.url, HEARTBEAT_INTERVAL_SECONDS: '1' } });
    proxy.target = coordinator.url;
    tokens = coordinator.bootstrap();
    operator = await operatorOf(proxy.url, tokens.executor_token, sshd, PROFILE);
    await acceptInvitation(person, tokens.invitation_url);
    agent = await connectAgent('http', proxy.url, tokens.agent_token);
  }, 120_000);
  afterAll(async () => {
    await executor?.stop();
    await agent.close();
    await person.close();
    await Promise.all([coordinator.stop(), sshd.stop()]);
    await proxy.stop();
  }, 60_000);

  it('stays connected while its tokens are renewed, also when an answer is lost, and what runs ends well', async () => {
    const flag = join(tmpdir(), `servonaut-e2e-${randomUUID()}`);
    const process = await signInAndConnect();
    const command = `until [ -e ${flag} ]; do sleep 0.1; done; echo done`;
    const running = agent.call('run_command', { server: 'web-1', command });
    await process.waitForLine(/"event":"request_started"/);
    await anotherRenewal();
    proxy.losesNext = true;
    await anotherRenewal();
    expect(proxy.losesNext).toBe(false);
    writeFileSync(flag, '');
    expect((await running).result).toMatchObject({ status: 'succeeded', stdout: 'done\n', exit_code: 0 });
    await anotherRenewal();
    const after = await agent.call('run_command', { server: 'web-1', command: 'echo after' });
    expect(after.result).toMatchObject({ status: 'succeeded', stdout: 'after\n' });
    expect(process.output().match(/"event":"(connected|waiting|disconnected)"/g)).toEqual(['"event":"connected"']);
    expect(await process.stop()).toMatchObject({ code: 0 });
    rmSync(flag);
  }, 120_000);

  const ENDINGS: Readonly<Record<string, () => Promise<unknown>>> = {
    'on the page of their account': async () => {
      await person.page.goto(`${proxy.url}/account`);
      await person.page.getByRole('button', { name: 'End the access of' }).first().click();
      await person.page.getByText('Its access has ended').waitFor();
    },
    'by an admin': async () => {
      const path = `/api/admin/users/${tokens.user_id}/grants`;
      expect(await rest(proxy.url + path, tokens.admin_token, undefined, 'DELETE')).toMatchObject({ status: 204 });
    },
    'with a change of their password': async () => {
      await person.page.goto(`${proxy.url}/account`);
      await person.page.getByLabel('Current password').last().fill(PASSWORD);
      await person.page.getByLabel('New password').fill(PASSWORD);
      await person.page.getByRole('button', { name: 'Change the password' }).click();
      await person.page.getByText('Your password is changed.').waitFor();
    },
  };

  it.each(Object.entries(ENDINGS))(
    'ends when its access is ended %s, and says which profile it was and what comes next',
    async (_, end) => {
      const process = await signInAndConnect();
      await end();
      expect(await process.exited).toMatchObject({ code: 77 });
      expect(JSON.parse(process.stdout.at(-1) ?? '')).toMatchObject({
        error: {
          code: 'signed_out',
          message: `The profile "${PROFILE}" was signed out.`,
          next_step: `Run "servonaut login --profile ${PROFILE}".`,
        },
      });
    },
    60_000,
  );
});
