import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  findProgram,
  startCoordinator,
  startSshd,
  unlessMissing,
  waitFor,
  type TestCoordinator,
  type TestOperator,
  type TestProcess,
  type TestSshd,
} from '@servonaut/testkit';
import { connectAgent, type Agent } from './agent.ts';
import { ApprovingTerminal } from './approving-terminal.ts';
import { rest } from './world.ts';

interface Verified {
  readonly faults: readonly unknown[];
  readonly comparison: { readonly same: number; readonly disagreements: readonly unknown[] };
}

const missing = findProgram('script') ? undefined : 'script(1), for a terminal';

unlessMissing(describe, missing)('an operator without a policy of their own', () => {
  let sshd: TestSshd;
  let coordinator: TestCoordinator;
  let operator: TestOperator;
  let executor: TestProcess;
  let agent: Agent;
  let tokens: ReturnType<TestCoordinator['bootstrap']>;

  beforeAll(async () => {
    [sshd, coordinator] = await Promise.all([startSshd(), startCoordinator()]);
    tokens = coordinator.bootstrap();
    const { executor_token: token, agent_token } = tokens;
    const { host, port, user, privateKeyPath: identity_file, hostKeyLine } = sshd;
    const servers = ['web-1', 'web-2'].map((name) => ({ name, host, port, user, identity_file }));
    operator = await anOperator({ url: coordinator.url, token, servers, knownHosts: [hostKeyLine], policy: null });
    executor = await operator.connect();
    agent = await connectAgent('http', coordinator.url, agent_token);
  }, 60_000);
  afterAll(async () => {
    await agent?.close();
    await executor?.stop();
    await Promise.all([coordinator?.stop(), sshd?.stop()]);
  }, 30_000);

  const fileOf = (name: string): string => join(sshd.home, name);

  it('lets agents read, and refuses what nobody is there to be asked about', async () => {
    const read = await agent.call('run_command', { server: 'web-1', command: 'cat /etc/hostname | wc -l' });
    expect(read.result).toMatchObject({ status: 'succeeded' });
    const { result } = await agent.call('run_command', { server: 'web-1', command: `touch ${fileOf('never')}` });
    expect(result.error).toMatchObject({ code: 'approval_unavailable' });
    expect(existsSync(fileOf('never'))).toBe(false);
  });

  it('is asked in another terminal, and what they say holds, for all servers of a call', async () => {
    const terminal = new ApprovingTerminal(operator);
    try {
      await terminal.see('q ends');
      let ended = 0;
      const heard: string[] = [];
      const call = (args: Readonly<Record<string, unknown>>) => {
        const answer = agent.call('run_command', args, { onProgress: (message) => heard.push(message) });
        void answer.finally(() => (ended += 1)).catch(() => undefined);
        return answer;
      };
      const approved = call({ servers: ['web-1', 'web-2'], command: `echo $$ >> ${fileOf('both')}` });
      await terminal.see('on web-1, web-2');
      await terminal.see(`| echo $$ >> ${fileOf('both')}`);
      expect(existsSync(fileOf('both'))).toBe(false);
      const waits = /^\[(web-[12])\] waits for the operator's approval, until [\d:]+Z; nothing of it has run yet$/;
      const toldOf = (message: string) => new Set(message.split('\n').map((line) => waits.exec(line)?.[1]));
      const isTold = (message: string) => ['web-1', 'web-2'].every((server) => toldOf(message).has(server));
      await waitFor(() => heard.some(isTold), { what: 'word of the wait to the agent' });
      await terminal.see(`names to write: ${fileOf('both')}`);
      await terminal.answer('a', () => ended === 1);
      expect((await approved).answer.results.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);

      const denied = call({ server: 'web-1', command: `rm ${fileOf('both')}` });
      await terminal.see(`| rm ${fileOf('both')}`);
      await terminal.answer('d', () => ended === 2);
      expect((await denied).result.error).toMatchObject({ code: 'approval_declined' });

      const paused = call({ server: 'web-1', command: `rm -f ${fileOf('both')}` });
      await terminal.see(`| rm -f ${fileOf('both')}`);
      await terminal.answer('p', () => ended === 3);
      expect((await paused).isError).toBe(true);
      expect((await call({ server: 'web-1', command: 'true' })).result.error).toMatchObject({
        code: 'executor_paused',
      });
      expect((await operator.run(['resume'])).code).toBe(0);
      expect((await call({ server: 'web-1', command: 'true' })).result).toMatchObject({ status: 'succeeded' });
      expect(existsSync(fileOf('both'))).toBe(true);
    } finally {
      await terminal.close();
    }
  }, 60_000);

  it('is asked no longer once whoever asks may ask no more', async () => {
    const terminal = new ApprovingTerminal(operator);
    const credentials = `${coordinator.url}/api/admin/users/${tokens.user_id}/credentials`;
    const asks = async (limits: object) => {
      const { body } = await rest(credentials, tokens.admin_token, {
        label: 'ci-bot',
        scopes: ['mcp:tools'],
        ...limits,
      });
      const bot = await connectAgent('http', coordinator.url, body.token);
      const answer = bot.call('run_command', { server: 'web-1', command: 'reboot' }).finally(() => void bot.close());
      await terminal.see('| reboot');
      terminal.screen = '';
      return { id: body.id as string, answer };
    };
    try {
      await terminal.see('q ends');
      const revoked = await asks({});
      await rest(`${coordinator.url}/api/admin/credentials/${revoked.id}`, tokens.admin_token, undefined, 'DELETE');
      expect((await revoked.answer).result).toMatchObject({ status: 'cancelled', error: { code: 'token_revoked' } });
      const ended = await asks({ expires_at: new Date(Date.now() + 4_000).toISOString() });
      expect((await ended.answer).result).toMatchObject({
        status: 'cancelled',
        error: { code: 'request_cancelled', message: expect.stringContaining('ended while it waited') },
      });
      expect((await operator.run(['approve', '--list'])).stdout.trim()).toBe('Nothing waits.');
    } finally {
      await terminal.close();
    }
  }, 60_000);

  it('has all of it in an audit of their own, which agrees with that of the coordinator, until one of them is changed', async () => {
    const verified = async () => {
      const { code, stdout } = await operator.run(['audit', 'verify', '--against-coordinator', '--json']);
      return { code, ...(JSON.parse(stdout) as Verified) };
    };
    const before = await waitFor(async () => (await verified()).comparison.same >= 8, { what: 'all the hashes' });
    expect(before).toBe(true);
    expect(await verified()).toMatchObject({ code: 0, faults: [], comparison: { disagreements: [], unsettled: 0 } });

    const shown = await operator.run(['audit', 'show', '--tool', 'run_command', '--json']);
    const records = shown.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).record]));
    const refusals = records.flatMap(({ data }) => data.refused ?? []);
    expect(refusals).toEqual([
      'approval_unavailable',
      'approval_declined',
      'approval_declined',
      'executor_paused',
      'request_cancelled',
      'request_cancelled',
    ]);
    const kinds = (await operator.run(['audit', 'show'])).stdout;
    expect(kinds).toMatch(/executor\.paused[\s\S]*executor\.resumed/);

    const file = join(operator.stateDir, 'profiles', 'default', 'audit', 'audit.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const ends = lines.findLastIndex((line) => line.includes('"kind":"call.ended"'));
    const { record } = JSON.parse(lines[ends] ?? '') as { record: { request_id: string } };
    await writeFile(file, `${lines.slice(0, ends).join('\n')}\n`);
    expect(await verified()).toMatchObject({
      code: 80,
      faults: [],
      comparison: { disagreements: [{ request_id: record.request_id, fault: 'missing_here' }] },
    });
  }, 60_000);
});
