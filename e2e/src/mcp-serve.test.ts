import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  findProgram,
  startSshd,
  unlessMissing,
  waitFor,
  type TestOperator,
  type TestSshd,
} from '@servonaut/testkit';
import { localAgent, type Agent } from './agent.ts';
import { ApprovingTerminal } from './approving-terminal.ts';

const POLICY = `
version: 1
level: readonly
rules:
  - { name: trusted-agent, decision: allow, principals: ["local-agent:trusted"] }
  - { name: no-others, decision: deny, principals: [user, credential] }
`;

interface Installed {
  readonly mcpServers: Record<string, { command: string; args: string[] }>;
}

const SECRET = ['AKIA', 'QWERTYUIOPASDFGH'].join('');

describe('servonaut mcp serve', () => {
  let sshd: TestSshd;
  let operator: TestOperator;
  let agent: Agent;
  let trusted: Agent & { readonly pid: number };
  let stderr = '';

  beforeAll(async () => {
    sshd = await startSshd();
    const { host, port, user, privateKeyPath: identity_file, hostKeyLine } = sshd;
    const servers = ['web-1', 'web-2'].map((name) => ({ name, host, port, user, identity_file }));
    operator = await anOperator({ servers, knownHosts: [hostKeyLine], policy: POLICY });
    [agent, trusted] = await Promise.all([
      localAgent(operator, ['--agent', 'claude']),
      localAgent(operator, ['--agent', 'trusted'], { era: '2025', stderr: (text) => void (stderr += text) }),
    ]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([agent.close(), trusted.close()]);
    await sshd.stop();
  });

  it.each(['2026', '2025'])('runs a command on a server, without a coordinator or a login (%s)', async (era) => {
    const { text, result, isError } = await (era === '2026' ? agent : trusted).call('run_command', {
      server: 'web-1',
      command: 'echo hello',
    });
    expect(text).toMatch(/^web-1 \| exit 0 \| \d+ ms\nhello$/);
    expect(result).toMatchObject({ server: 'web-1', status: 'succeeded', exit_code: 0, stdout: 'hello\n' });
    expect(isError).toBe(false);
  });

  it('goes through many servers, and tells what names none', async () => {
    const { text, answer } = await agent.call('run_command', { servers: ['web-*', 'db-*'], command: 'echo hello' });
    expect(answer.results.map(({ server, status }) => `${server} ${status}`)).toEqual([
      'web-1 succeeded',
      'web-2 succeeded',
    ]);
    expect(text).toContain('run_command on 2 servers: 2 succeeded');
    expect(text).toContain('No server is named by: db-*');
  });

  it('puts the answers of many servers together, where the tool says how', async () => {
    const { answer } = await agent.call('disk_usage', { servers: ['web-*'] });
    expect(answer.combined?.rows.length).toBeGreaterThan(0);
  });

  it('refuses arguments that are none, and a tool that there is not, in words', async () => {
    const { result } = await agent.call('run_command', { server: 'web-1' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'invalid_request' } });
    await expect(agent.call('no_such_tool', {})).rejects.toThrow(/no tool named "no_such_tool"/);
  });

  it('is started as "mcp install --local" has written it, with no secret in it, and no more once it is taken out', async () => {
    expect(await operator.run(['mcp', 'install', 'cursor', '--local'])).toMatchObject({ code: 2 });
    expect(await operator.run(['mcp', 'install', 'cursor', '--local', '--yes'])).toMatchObject({ code: 0 });
    const file = join(operator.home, '.cursor', 'mcp.json');
    const { mcpServers } = JSON.parse(await readFile(file, 'utf8')) as Installed;
    const cursor = await localAgent(operator, [], { program: mcpServers['servonaut']! });
    expect(await cursor.tools()).toEqual(await agent.tools());
    await cursor.close();
    expect(await operator.run(['mcp', 'install', 'claude', '--print'])).toMatchObject({ code: 77 });
    await operator.run(['mcp', 'uninstall', 'cursor', '--yes']);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ mcpServers: {} });
  });

  it('asks nobody where nobody looks, and runs nothing', async () => {
    const file = join(sshd.home, 'unasked');
    const { result } = await agent.call('run_command', { server: 'web-1', command: `touch ${file}` });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'approval_unavailable' } });
    expect(existsSync(file)).toBe(false);
  });

  it('knows agents by the name that the operator has given them', async () => {
    const file = join(sshd.home, 'trusted');
    const { result } = await trusted.call('run_command', { server: 'web-1', command: `touch ${file}` });
    expect(result).toMatchObject({ status: 'succeeded', policy: { rule: 'trusted-agent' } });
    expect(existsSync(file)).toBe(true);
  });

  unlessMissing(it, findProgram('script') ? undefined : 'script(1), for a terminal')(
    'waits for the operator, who answers all agents at one terminal',
    async () => {
      const terminal = new ApprovingTerminal(operator);
      await terminal.see('You are asked here');
      const file = join(sshd.home, 'approved');
      const messages: string[] = [];
      const call = agent.call(
        'run_command',
        { server: 'web-1', command: `touch ${file}` },
        { onProgress: (message) => void messages.push(message) },
      );
      await terminal.see('local-agent claude');
      await waitFor(() => messages.some((message) => message.includes("waits for the operator's approval")), {
        what: 'word of the wait',
      });
      expect(existsSync(file)).toBe(false);
      let isAnswered = false;
      void call.finally(() => (isAnswered = true));
      await terminal.answer('a', () => isAnswered);
      expect((await call).result).toMatchObject({ status: 'succeeded' });
      expect(existsSync(file)).toBe(true);
      await terminal.close();
    },
    60_000,
  );

  it('shows output while it comes, and stops on the server what the agent cancels', async () => {
    const file = join(sshd.home, 'pid');
    const [cancel, messages] = [new AbortController(), [] as string[]];
    const call = trusted.call(
      'run_command',
      { server: 'web-1', command: `echo $$ > ${file}; echo begun; exec sleep 300` },
      { signal: cancel.signal, onProgress: (message) => void messages.push(message) },
    );
    const cancelled = expect(call).rejects.toThrow();
    await waitFor(() => messages.some((message) => message.includes('begun')), { what: 'the output' });
    const pid = Number(await readFile(file, 'utf8'));
    cancel.abort();
    await cancelled;
    await waitFor(() => !isThere(pid), { what: 'the end of the command' });
  });

  it('refuses everything while the operator has paused', async () => {
    await operator.run(['pause']);
    const { result } = await trusted.call('run_command', { server: 'web-1', command: 'true' });
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'executor_paused' } });
    await operator.run(['resume']);
    expect((await trusted.call('run_command', { server: 'web-1', command: 'true' })).result.status).toBe('succeeded');
  });

  it('lets no secret leave', async () => {
    const { text, result } = await agent.call('run_command', {
      server: 'web-1',
      command: `echo aws_access_key_id=${SECRET}`,
    });
    expect(text).not.toContain(SECRET);
    expect(result.stdout).not.toContain(SECRET);
    expect(Object.keys(result.redactions ?? {})).not.toEqual([]);
  });

  it('keeps a long output for whoever asked for it, and looks a request up', async () => {
    const { answer, result } = await agent.call('run_command', { server: 'web-1', command: 'seq 1 100000' });
    expect(result).toMatchObject({ truncated: true, output_kept: true });
    const asked = { server: 'web-1', request_id: answer.request_id, tail: 2 };
    expect((await agent.call('read_output', asked)).result.data).toMatchObject({ text: '99999\n100000\n' });
    expect((await trusted.call('read_output', asked)).result.error?.code).toBe('not_found');
    const looked = await agent.call('get_request', { request_id: answer.request_id });
    expect(looked.text).toContain(`Request ${answer.request_id} (run_command): succeeded`);
  });

  it('leaves one record of both in the audit, with who asked', async () => {
    const { code, stdout } = await operator.run(['audit', 'verify', '--json']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('"faults":[]')]);
    const { stdout: shown } = await operator.run(['audit', 'show']);
    expect(shown).toContain('local-agent:claude "e2e 1.0.0"');
    expect(shown).toContain('local-agent:trusted "e2e 1.0.0"');
  });

  it('tells the operator on stderr what it does, and ends with the agent', async () => {
    expect(stderr).toMatch(/run_command on web-1 for e2e 1\.0\.0: success, exit 0/);
    await trusted.close();
    await waitFor(() => !isThere(trusted.pid), { what: 'the end of the process' });
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
