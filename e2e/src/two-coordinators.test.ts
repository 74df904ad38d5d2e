import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startCoordinator,
  startSshd,
  waitFor,
  withReferenceHub,
  type Bootstrap,
  type TestCoordinator,
  type TestOperator,
  type TestProcess,
  type TestSshd,
} from '@servonaut/testkit';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectAgent } from './agent.ts';
import { production } from './deployment.ts';
import { operatorOf } from './world.ts';

/**
 * Two coordinator processes on one Redis and one PostgreSQL. The executor speaks to both through a small proxy, as through a load balancer
 * without sticky sessions; `entrance` is where it sends them, except for the messages of SSE sessions: those always reach the second.
 */
withReferenceHub(describe)('two coordinators', () => {
  let sshd: TestSshd;
  let first: TestCoordinator;
  let second: TestCoordinator;
  let tokens: Bootstrap;
  let operator: TestOperator;
  let executor: TestProcess;
  let proxy: Server;
  let proxyUrl: string;
  let entrance: TestCoordinator;
  const stops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const deployment = await production();
    stops.push(() => deployment.stop());
    sshd = await startSshd();
    stops.unshift(() => sshd.stop());
    // A request whose executor has died is over soon after its time.
    const env = { ...deployment.env, RELAY_RESULT_GRACE_SECONDS: '2' };
    first = await startCoordinator({ env });
    second = await startCoordinator({ env });
    stops.unshift(
      () => second.stop(),
      () => first.stop(),
    );
    tokens = first.bootstrap();
    entrance = first;
    proxy = createServer((incoming, outgoing) => {
      const forward = request(
        {
          host: '127.0.0.1',
          port: (incoming.url?.startsWith('/mcp/message') ? second : entrance).port,
          path: incoming.url,
          method: incoming.method,
          headers: incoming.headers,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forward.on('error', () => outgoing.destroy());
      incoming.pipe(forward);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    operator = await operatorOf(proxyUrl, tokens.executor_token, sshd);
    executor = await operator.connect();
    stops.unshift(() => executor.stop());
  }, 120_000);

  afterAll(async () => {
    for (const stop of stops) await stop();
    proxy.closeAllConnections();
    proxy.close();
  }, 60_000);

  it('give the agent at one the result that was posted to the other', async () => {
    const agent = await connectAgent('http', first.url, tokens.agent_token);
    entrance = second;
    const { result } = await agent.call('run_command', { server: 'web-1', command: 'echo across' });
    entrance = first;
    expect(result).toMatchObject({ status: 'succeeded', stdout: 'across\n' });
    await agent.close();
  });

  it('serve an SSE session that one of them holds although its messages reach the other', async () => {
    const agent = await connectAgent('sse', proxyUrl, tokens.agent_token);
    const { result } = await agent.call('run_command', { server: 'web-1', command: 'echo sse' });
    expect(result.stdout).toBe('sse\n');
    await agent.close();
  });

  it('bring a request to a true end although the coordinator that holds it is killed', async () => {
    entrance = second;
    const agent = await connectAgent('http', first.url, tokens.agent_token);
    const trace = join(sshd.home, 'held');
    // Longer than it may take, and its executor dies: nothing but the deadline can end this request.
    const held = agent
      .call('run_command', { server: 'web-1', command: `touch ${trace}; sleep 60`, timeout_seconds: 3 })
      .catch((error: unknown) => error);
    await waitFor(() => existsSync(trace), { what: 'the command to have begun' });
    const requestId = await waitFor(
      () =>
        executor
          .output()
          .match(/.*"request_id":"([0-9a-f-]{36})".*/g)
          ?.at(-1)
          ?.match(/"request_id":"([^"]+)"/)?.[1],
      { what: "the request's id" },
    );
    // Acknowledged, so that the coordinators know that it has started.
    const observer = await connectAgent('http', second.url, tokens.agent_token);
    const started = async (): Promise<boolean> =>
      (await observer.call('get_request', { request_id: requestId })).text.includes('started');
    await waitFor(started, { what: 'the request to be known as started' });
    executor.kill('SIGKILL');
    await executor.exited;
    first.process.kill('SIGKILL');
    await first.process.exited;
    await held;
    const end = await waitFor(
      async () => {
        const { result } = await observer.call('get_request', { request_id: requestId });
        return result.status !== 'pending' && result;
      },
      { what: 'the deadline to fire on the other coordinator', timeoutMs: 45_000, everyMs: 250 },
    );
    expect(['unknown', 'timed_out']).toContain(end.status);
    await observer.close();
    await agent.close().catch(() => undefined);
    executor = await operator.connect();
  }, 90_000);
});
