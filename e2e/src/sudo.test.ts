import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  makeSudoer,
  missingSecretService,
  missingSudo,
  startCoordinator,
  startSecretService,
  startSshd,
  unlessMissing,
  type TestCoordinator,
  type TestOperator,
  type TestProcess,
  type TestSecretService,
  type TestSshd,
  type TestSudoer,
} from '@servonaut/testkit';
import { connectAgent, type Agent } from './agent.ts';

const missing = missingSudo() ?? missingSecretService();

unlessMissing(describe, missing)('a command under sudo, through the whole relay', () => {
  let sudoer: TestSudoer;
  let sshd: TestSshd;
  let coordinator: TestCoordinator;
  let service: TestSecretService;
  let operator: TestOperator;
  let executor: TestProcess;
  let agent: Agent;

  beforeAll(async () => {
    [sudoer, sshd, coordinator, service] = await Promise.all([
      makeSudoer(),
      startSshd(),
      startCoordinator(),
      startSecretService(),
    ]);
    const { executor_token: token, agent_token } = coordinator.bootstrap();
    const { host, port, privateKeyPath: identity_file, hostKeyLine } = sshd;
    const server = { name: 'web-1', host, port, user: sudoer.name, identity_file };
    const { url } = coordinator;
    operator = await anOperator({ url, token, servers: [server], knownHosts: [hostKeyLine], env: service.env });
    executor = await operator.connect();
    agent = await connectAgent('http', url, agent_token);
  }, 60_000);
  afterAll(async () => {
    await agent?.close();
    await executor?.stop();
    await Promise.all([coordinator?.stop(), sshd?.stop(), service?.stop()]);
    await sudoer?.remove();
  }, 30_000);

  const asRoot = () => agent.call('run_command', { server: 'web-1', command: 'id -un', sudo: true });

  function filesBelow(folder: string): string[] {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const found = statSync(path);
      if (found.isDirectory()) return filesBelow(path);
      // The socket of the executor holds nothing.
      return found.isFile() ? [readFileSync(path, 'latin1')] : [];
    });
  }

  it('needs the password that the operator has stored, and shows it nowhere', async () => {
    const said = [await asRoot()];
    expect(said[0]).toMatchObject({ isError: true, text: expect.stringContaining('servonaut servers sudo NAME') });

    const stored = await operator.run(['servers', 'sudo', 'web-1'], `${sudoer.password}\n`);
    expect(stored).toMatchObject({ code: 0, stdout: 'It is in the keychain of this machine.' });
    said.push(await asRoot());
    expect(said[1]).toMatchObject({ isError: false, result: { stdout: 'root\n', exit_code: 0 } });

    sudoer.changePassword('another one');
    said.push(await asRoot());
    expect(said[2]).toMatchObject({ isError: true, text: expect.stringContaining('refused the password') });

    const everywhere = [
      JSON.stringify(said),
      ...executor.stdout,
      ...executor.stderr,
      sshd.logs(),
      ...filesBelow(operator.home),
    ];
    expect(everywhere.filter((text) => text.includes(sudoer.password))).toEqual([]);

    expect(await operator.run(['servers', 'sudo', 'web-1', '--remove'])).toMatchObject({ code: 0 });
    expect(await asRoot()).toMatchObject({ isError: true, text: expect.stringContaining('none is stored') });
  });
});
