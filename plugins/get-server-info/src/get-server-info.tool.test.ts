import { arch, cpus, hostname, totalmem, uptime } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { getServerInfo } from './get-server-info.tool.ts';

describe('get_server_info', () => {
  it('returns the real figures of the machine that it runs on', async () => {
    const { data } = await callTool(getServerInfo, {}, localContext());
    expect(data).toMatchObject({ arch: arch() === 'x64' ? 'x86_64' : expect.any(String), cpus: expect.any(Number) });
    expect(data?.cpus).toBeLessThanOrEqual(cpus().length);
    expect(Math.abs((data?.memory?.total_bytes ?? 0) - totalmem())).toBeLessThan(totalmem() / 100);
    expect(Math.abs((data?.uptime_seconds ?? 0) - uptime())).toBeLessThan(60);
    expect(data?.disks.find(({ mount }) => mount === '/')?.size_bytes).toBeGreaterThan(0);
    expect(data?.load).toHaveLength(3);
  });

  it('says it in a few lines', async () => {
    const { output } = await callTool(getServerInfo, {}, localContext({ server: { name: 'web-1', labels: {} } }));
    expect(output).toMatch(
      /^web-1: .+, up .+\ncpus: \d+, load: [\d.]+ [\d.]+ [\d.]+\nmemory: .+ of .+ used \(\d+ %\)\n/,
    );
    expect(output).toMatch(/^disk \/: .+ of .+ used \(\d+ %\)$/m);
  });

  it('does not tell the host name', async () => {
    const { output, data } = await callTool(getServerInfo, {}, localContext({ server: { name: 'web-1', labels: {} } }));
    expect(output + JSON.stringify(data)).not.toContain(hostname());
  });

  it('returns what a login shell printed that would not run the script', async () => {
    const { exec, data } = await callTool(
      getServerInfo,
      {},
      localContext({ shell: ['/bin/sh', '-c', 'echo no shell here; exit 1'] }),
    );
    expect({ exec, data }).toMatchObject({ exec: { exitCode: 1, stdout: 'no shell here\n' }, data: undefined });
  });
});
