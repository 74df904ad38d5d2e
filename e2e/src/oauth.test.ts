import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startCoordinator,
  startSshd,
  unlessMissing,
  type Bootstrap,
  type TestCoordinator,
  type TestOperator,
  type TestSshd,
} from '@servonaut/testkit';
import { connectAgent } from './agent.ts';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { acceptInvitation, beginLogin, confirm } from './person.ts';
import { operatorOf } from './world.ts';

unlessMissing(describe, WITHOUT_CHROMIUM)('an operator who signs in', () => {
  let coordinator: TestCoordinator;
  let sshd: TestSshd;
  let operator: TestOperator;
  let tokens: Bootstrap;
  let person: PersonsBrowser;

  beforeAll(async () => {
    [coordinator, sshd, person] = await Promise.all([startCoordinator(), startSshd(), openBrowser()]);
    tokens = coordinator.bootstrap();
    operator = await operatorOf(coordinator.url, tokens.executor_token, sshd);
    await operator.run(['logout']);
    await acceptInvitation(person, tokens.invitation_url);
  }, 120_000);
  afterAll(async () => {
    await person.close();
    await Promise.all([coordinator.stop(), sshd.stop()]);
  }, 30_000);

  it('runs what an agent asks for, until the sign-in ends', async () => {
    const login = await beginLogin(operator, coordinator.url);
    await confirm(person, login);
    expect(await login.process.exited).toMatchObject({ code: 0 });

    const executor = await operator.connect();
    const agent = await connectAgent('http', coordinator.url, tokens.agent_token);
    const { result } = await agent.call('run_command', { server: 'web-1', command: 'echo by a signed-in executor' });
    expect(result).toMatchObject({ status: 'succeeded', stdout: 'by a signed-in executor\n', exit_code: 0 });

    expect(await operator.run(['logout'])).toMatchObject({ code: 0 });
    expect([await executor.exited, executor.output()]).toEqual([
      expect.objectContaining({ code: 77 }),
      expect.stringMatching(/signed_out|signed out/),
    ]);
    const offline = await agent.call('run_command', { server: 'web-1', command: 'true' });
    expect(offline.result).toMatchObject({ status: 'not_delivered', error: { code: 'executor_offline' } });
    await agent.close();

    const again = await operator.run(['connect', '--json']);
    expect(again).toMatchObject({ code: 77 });
    expect(again.stdout + again.stderr).toMatch(/login/);
  }, 90_000);
});
