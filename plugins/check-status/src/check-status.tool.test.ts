import { describe, expect, it } from '@jest/globals';
import { ServonautError, sh, type ErrorCode } from '@servonaut/plugin-sdk';
import { hostStatus } from '@servonaut/plugin-sdk/host-facts';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { checkStatus } from './check-status.tool.ts';
import { statusText } from './status-text.ts';
import { statusOf } from './status.ts';

const OUTPUT = `[failed]
a.service loaded failed failed Something
b.timer loaded failed failed Something else
[disks]
/dev/sda1 100 50 50 50% /
/dev/sdb1 100 95 5 95% /var
`;

const WEB_1 = { name: 'web-1', labels: {} };

describe('check_status', () => {
  it('says that a server is up, how fast and how loaded', async () => {
    const { data, output } = await callTool(checkStatus, {}, localContext({ server: WEB_1 }));
    expect(data).toMatchObject({
      reachable: true,
      latency_ms: expect.any(Number),
      connect_ms: 0,
      uptime_seconds: expect.any(Number),
    });
    expect(output).toMatch(/^web-1: reachable in \d+ ms, load [\d.]+ [\d.]+ [\d.]+ on \d+ cpus, up /);
  });

  it.each<ErrorCode>(['server_unreachable', 'connect_timeout', 'host_key_changed', 'ssh_auth_failed'])(
    'answers %s instead of failing',
    async (code) => {
      const exec = (): Promise<never> => Promise.reject(new ServonautError(code));
      const { data, output } = await callTool(checkStatus, {}, { ...localContext(), server: WEB_1, exec });
      expect(data).toMatchObject({ reachable: false, reason: code });
      expect(output).toMatch(new RegExp(`^web-1: not reachable \\(${code}\\)\\. .+`));
    },
  );

  it('does not take a cancelled call for a server that is down', async () => {
    const exec = (): Promise<never> => Promise.reject(new ServonautError('request_cancelled'));
    await expect(callTool(checkStatus, {}, { ...localContext(), server: WEB_1, exec })).rejects.toMatchObject({
      code: 'request_cancelled',
    });
  });

  it('says that a server does not answer in time', async () => {
    const context = localContext({ server: WEB_1, shell: ['/bin/sh', '-c', 'sleep 60'], timeoutMs: 50 });
    expect((await callTool(checkStatus, {}, context)).data).toMatchObject({ reachable: false, reason: 'timed_out' });
  });

  it('says what the server said when it has no shell for us', async () => {
    const context = localContext({
      server: WEB_1,
      shell: ['/bin/sh', '-c', 'echo This account is not available. >&2; exit 1'],
    });
    expect((await callTool(checkStatus, {}, context)).data).toMatchObject({
      reachable: false,
      message: expect.stringContaining('not available'),
    });
  });

  it('names failed units and full disks', async () => {
    const context = localContext();
    const status = statusOf(await hostStatus({ exec: () => context.exec(sh`printf %s ${OUTPUT}`) }));
    expect(status).toMatchObject({
      failed_units: { count: 2, names: ['a.service', 'b.timer'] },
      full_disks: [{ mount: '/var', used_percent: 95 }],
    });
    expect(statusText('web-1', status).split('\n').slice(1)).toEqual([
      'failed units (2): a.service, b.timer',
      'disk /var is 95 % full',
    ]);
  });
});
