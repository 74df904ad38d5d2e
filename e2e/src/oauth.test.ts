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
import { operatorOf } from './world.ts';

const PASSWORD = 'tramway-onion-quartz';

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
    await person.page.goto(tokens.invitation_url);
    await person.page.getByLabel('Choose a password').fill(PASSWORD);
    await person.page.getByRole('button', { name: 'Accept' }).click();
    await person.page.waitForURL('**/account');
  }, 120_000);
  afterAll(async () => {
    await person.close();
    await Promise.all([coordinator.stop(), sshd.stop()]);
  }, 30_000);

  /** Types in the code that the command line shows, on the page that it names. */
  async function confirm(address: string, code: string): Promise<void> {
    const { page } = person;
    await page.goto(address);
    await page.getByLabel('Code').fill(code);
    for (const name of ['Continue', 'Connect', 'Allow']) await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
  }

  it('runs what an agent asks for, until the sign-in ends', async () => {
    const login = await operator.start(['login', '--url', coordinator.url, '--no-browser']);
    const [, address = ''] = await login.waitForLine(/open (\S+) in a browser/);
    const [, code = ''] = await login.waitForLine(/enter the code (\S+)/);
    await confirm(address, code);
    expect(await login.exited).toMatchObject({ code: 0 });

    const executor = await operator.connect();
    const agent = await connectAgent('http', coordinator.url, tokens.agent_token);
    const { result } = await agent.call('run_command', { server: 'web-1', command: 'echo by a signed-in executor' });
    expect(result).toMatchObject({ status: 'succeeded', stdout: 'by a signed-in executor\n', exit_code: 0 });
    await agent.close();

    expect(await operator.run(['logout'])).toMatchObject({ code: 0 });
    expect([await executor.exited, executor.output()]).toEqual([
      expect.objectContaining({ code: 77 }),
      expect.stringMatching(/signed_out|signed out/),
    ]);
    const again = await operator.run(['connect', '--json']);
    expect(again).toMatchObject({ code: 77 });
    expect(again.stdout + again.stderr).toMatch(/login/);
  }, 90_000);
});
