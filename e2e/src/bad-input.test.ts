import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent, WAYS_IN, type Agent } from './agent.ts';
import { aUser, aWorld, rest, type Answer, type World } from './world.ts';

const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Lines of the log that tell of an answer of 500 or more, or of an error (pino's level 50). */
function failuresIn(log: string): string[] {
  return log.split('\n').filter((line) => {
    if (!line.startsWith('{')) return false;
    const { level, res } = JSON.parse(line) as { level: number; res?: { status: number } };
    return level >= 50 || (res?.status ?? 0) >= 500;
  });
}

describe('bad input', () => {
  let world: World;
  let agent: Agent;
  beforeAll(async () => {
    world = await aWorld();
    agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
  }, 60_000);
  afterAll(async () => {
    try {
      await agent.close();
      // The worst that any of this may be is a refusal.
      expect(failuresIn(world.coordinator.process.output())).toEqual([]);
    } finally {
      await world.stop();
    }
  }, 30_000);

  const url = (path: string): string => world.coordinator.url + path;
  const mcp = (body: unknown, token: string | undefined = world.tokens.agent_token): Promise<Answer> =>
    fetch(url('/mcp'), {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }).then(async (answer) => {
      const text = await answer.text();
      const data = text.match(/^data: (.*)$/m)?.[1] ?? text;
      return { status: answer.status, body: data ? JSON.parse(data) : undefined };
    });
  const rpc = (method: string, params?: unknown): unknown => ({
    jsonrpc: '2.0',
    id: 1,
    method,
    ...(params !== undefined && { params }),
  });

  describe('to the agents endpoint', () => {
    it.each([
      ['malformed JSON', '{"jsonrpc": "2.0", ', 400, -32700],
      ['JSON that is no JSON-RPC', '{"hello": "world"}', 400, -32600],
      ['an empty body', '', 400, -32600],
    ])('%s', async (_, body, status, code) => {
      const answer = await mcp(body);
      expect(answer.status).toBe(status);
      expect(answer.body.error.code).toBe(code);
    });

    it('an unknown method', async () => {
      expect((await mcp(rpc('tools/conjure'))).body.error.code).toBe(-32601);
    });

    it('an unknown tool', async () => {
      const { status, body } = await mcp(rpc('tools/call', { name: 'format_disk', arguments: {} }));
      expect(status).toBeLessThan(500);
      expect(body.error).toMatchObject({
        code: -32602,
        message: expect.stringContaining('format_disk'),
        data: { code: 'unknown_tool' },
      });
    });
  });

  describe.each(WAYS_IN)('to a tool over %s', (way) => {
    let client: Agent;
    beforeAll(async () => {
      client = await connectAgent(way, world.coordinator.url, world.tokens.agent_token);
    });
    afterAll(() => client.close());

    it.each([
      ['arguments of the wrong type', { server: 'web-1', command: 7 }, 'invalid_request', 'command'],
      ['a missing argument', { server: 'web-1' }, 'invalid_request', 'command'],
      ['an argument that does not exist', { server: 'web-1', command: 'true', sudo: 'yes' }, 'invalid_request', 'sudo'],
      ['an empty command', { server: 'web-1', command: '' }, 'invalid_request', 'command'],
      ['a command of 1 MiB', { server: 'web-1', command: 'x'.repeat(1024 * 1024) }, 'invalid_request', '65536'],
      [
        'a timeout out of bounds',
        { server: 'web-1', command: 'true', timeout_seconds: 1e9 },
        'invalid_request',
        'timeout_seconds',
      ],
      ['an unknown server', { server: 'web-9', command: 'true' }, 'unknown_server', 'web-9'],
    ])('%s', async (_, args, code, named) => {
      const { isError, result, text } = await client.call('run_command', args);
      expect(isError).toBe(true);
      expect(result.error).toMatchObject({ code });
      expect(text).toContain(named);
      expect(text.length).toBeLessThan(2_000);
    });
  });

  describe('from the server', () => {
    it('100 MiB of output is bounded, and said how much it was', async () => {
      const { result, isError, text } = await agent.call('run_command', {
        server: 'web-1',
        command: 'yes 0123456789abcde | head -c 104857600',
        timeout_seconds: 120,
      });
      expect(isError).toBe(false);
      expect(result).toMatchObject({ status: 'succeeded', exit_code: 0, truncated: true, stdout_bytes: 104_857_600 });
      expect(result.stdout.length).toBeLessThan(1024 * 1024);
      expect(text).toContain('104857600');
    }, 150_000);

    it('binary output is not shown, and said to be binary', async () => {
      const { result, isError } = await agent.call('run_command', {
        server: 'web-1',
        command: 'head -c 4096 /dev/urandom; printf "\\0\\0"',
      });
      expect(isError).toBe(false);
      expect(result).toMatchObject({ binary: true, stdout: '', stdout_bytes: 4098 });
    });

    it('a command that never ends is killed at its timeout, its children too', async () => {
      const pids = join(world.sshd.home, 'pids');
      const command = `trap "" INT TERM; sleep 1000 & echo $! >> ${pids}; setsid sleep 1000 & echo $! >> ${pids}; echo $$ >> ${pids}; wait`;
      const { result, isError } = await agent.call('run_command', { server: 'web-1', command, timeout_seconds: 1 });
      expect({ isError, status: result.status, code: result.error?.code }).toEqual({
        isError: true,
        status: 'timed_out',
        code: 'timed_out',
      });
      const all = readFileSync(pids, 'utf8').split('\n').filter(Boolean);
      expect(all).toHaveLength(3);
      await waitFor(() => all.every((pid) => !existsSync(`/proc/${pid}`)), {
        what: `the processes ${all.join(', ')} to be gone`,
      });
    }, 60_000);

    it.each(WAYS_IN)(
      'a call that was cancelled over %s is stopped there too',
      async (way) => {
        const client = await connectAgent(way, world.coordinator.url, world.tokens.agent_token);
        const pidFile = join(world.sshd.home, `cancelled-${way}`);
        const cancel = new AbortController();
        const call = client.call(
          'run_command',
          { server: 'web-1', command: `echo $$ > ${pidFile}; sleep 1000`, timeout_seconds: 600 },
          { signal: cancel.signal },
        );
        const failed = expect(call).rejects.toThrow();
        const pid = await waitFor(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim(), {
          what: 'the command to have begun',
        });
        cancel.abort();
        await failed;
        expect(pid).toMatch(/^\d+$/);
        await waitFor(() => !existsSync(`/proc/${pid}`), { what: `process ${pid} to be gone`, timeoutMs: 15_000 });
        await client.close();
      },
      60_000,
    );
  });

  describe('of tokens', () => {
    it.each([
      ['none', () => undefined, 'unauthenticated'],
      ['one that is no token', () => 'hunter2', 'token_invalid'],
      ['one with a changed secret', () => world.tokens.agent_token.replace(/.{4}$/, 'AAAA'), 'token_invalid'],
    ])('%s', async (_, token, code) => {
      for (const path of ['/mcp', '/mcp/sse', '/api/cli/status', '/api/admin/users']) {
        const { status, body } = await rest(url(path), token(), path === '/mcp' ? rpc('tools/list') : undefined);
        expect({ path, status, code: body.code ?? body.error?.data?.code }).toEqual({ path, status: 401, code });
      }
    });

    it('an expired one, and a revoked one', async () => {
      const expired = await aUser(world, 'expired', {
        scopes: ['mcp:tools'],
        expires_at: new Date(Date.now() + 1_000).toISOString(),
      });
      await waitFor(async () => (await rest(url('/mcp'), expired.token, rpc('tools/list'))).status === 401, {
        what: 'the token to expire',
      });
      expect((await rest(url('/api/cli/status'), expired.token)).body.code).toBe('token_expired');
      const revoked = await aUser(world, 'revoked', { scopes: ['relay:connect'] });
      expect((await rest(url('/api/cli/status'), revoked.token)).status).toBe(200);
      expect(
        (
          await rest(
            url(`/api/admin/credentials/${revoked.credentialId}`),
            world.tokens.admin_token,
            undefined,
            'DELETE',
          )
        ).status,
      ).toBeLessThan(300);
      expect((await rest(url('/api/cli/status'), revoked.token)).body.code).toBe('token_revoked');
    });

    it('one of the wrong scope', async () => {
      const { status, body } = await rest(url('/api/admin/users'), world.tokens.agent_token);
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'insufficient_scope' });
      expect((await rest(url('/api/cli/status'), world.tokens.agent_token)).status).toBe(403);
      expect((await mcp(rpc('tools/list'), world.tokens.executor_token)).status).toBe(403);
    });

    it('one in the query string', async () => {
      expect(
        (
          await rest(
            url(
              `/api/cli/status?access_token=${world.tokens.executor_token}&authorization=${world.tokens.executor_token}`,
            ),
            undefined,
          )
        ).status,
      ).toBe(401);
    });
  });

  describe('of results', () => {
    const result = (requestId: string, output = 'forged'): unknown => ({
      request_id: requestId,
      status: 'success',
      output,
      error_message: null,
      execution_time_ms: 1,
    });
    const post = (token: string, body: unknown): Promise<Answer> => rest(url('/api/cli/command-result'), token, body);

    it('for a request that never was', async () => {
      expect(await post(world.tokens.executor_token, result(UNKNOWN_ID))).toMatchObject({
        status: 404,
        body: { code: 'request_unknown' },
      });
    });

    it('of the wrong shape', async () => {
      expect(await post(world.tokens.executor_token, { request_id: 'x' })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      });
      expect(await post(world.tokens.executor_token, '{"request_id":')).toMatchObject({
        status: 400,
        body: { code: 'malformed_json' },
      });
    });

    it("for a finished request: another one is refused, another user's is not even known", async () => {
      const { answer } = await agent.call('run_command', { server: 'web-1', command: 'echo true' });
      const id = String(answer.request_id);
      expect(await post(world.tokens.executor_token, result(id))).toMatchObject({
        status: 409,
        body: { code: 'result_conflict' },
      });
      const stranger = await aUser(world, 'stranger', { scopes: ['relay:connect', 'mcp:tools'] });
      expect(await post(stranger.token, result(id))).toMatchObject({ status: 404, body: { code: 'request_unknown' } });
      expect(await rest(url('/api/cli/command-ack'), stranger.token, { request_id: id })).toMatchObject({
        status: 404,
      });
      const spy = await connectAgent('http', world.coordinator.url, stranger.token);
      expect((await spy.call('get_request', { request_id: id })).result.error).toMatchObject({
        code: 'request_unknown',
      });
      await spy.close();
      expect((await agent.call('get_request', { request_id: id })).result.stdout).toBe('true\n');
    });
  });

  it('leaves no secret in the logs', () => {
    const logs = world.coordinator.process.output() + world.executor.output();
    // The first start prints the tokens once, for pasting; a log line never has one.
    const logLines = logs.split('\n').filter((line) => line.startsWith('{'));
    for (const token of [world.tokens.admin_token, world.tokens.agent_token, world.tokens.executor_token]) {
      expect(logLines.filter((line) => line.includes(token))).toEqual([]);
    }
  });

  it('is told on the command line as well', async () => {
    const unknown = await world.operator.run(['run-command', 'web-9', '--', 'true']);
    expect(unknown.code).toBe(68);
    expect(unknown.stderr).toContain('web-9');
    expect((await world.operator.run(['run-command', 'web-1', '--', 'exit 7'])).code).toBe(7);
    const several = await world.operator.run(['run-command', 'web-*', '--env', 'LANG=C', '--json', '--', 'exit 7']);
    expect(several.code).toBe(7);
    expect(JSON.parse(several.stdout)).toMatchObject({
      results: [{ server: 'web-1', status: 'failed', exit_code: 7 }],
    });
  });
});
