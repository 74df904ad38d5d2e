import { describe, expect, it } from '@jest/globals';
import { ServonautError, sh, type ErrorCode } from '@servonaut/plugin-sdk';
import { hostStatus } from '@servonaut/plugin-sdk/host-facts';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { fleetHealth } from './fleet-health.tool.ts';
import { healthOf, type Health } from './health.ts';

const WEB_1 = { name: 'web-1', labels: {} };

/** What a server printed, as its health. */
async function healthFrom(printed: string): Promise<Health> {
  const context = localContext();
  return healthOf(await hostStatus({ exec: () => context.exec(sh`printf %s ${printed}`) }));
}

const printed = ({ load = '0.1', available = 900, swapFree = 100, disk = 50, failed = '' } = {}): string => `[failed]
${failed}
[cpus]
2
[load]
9.00 ${load} 9.00 1/2 3
[uptime]
90000.00 1.00
[memory]
MemTotal: 1000 kB
MemAvailable: ${available} kB
SwapTotal: 100 kB
SwapFree: ${swapFree} kB
[disks]
/dev/sda1 100 50 50 10% /
/dev/sdb1 100 95 5 ${disk}% /var
`;

describe('fleet_health', () => {
  it('gives the figures of a server that is well, and no trouble', async () => {
    expect(await healthFrom(printed({ load: '0.50' }))).toEqual({
      reachable: true,
      score: 100,
      load_per_core: 0.25,
      memory_percent: 10,
      swap_percent: 0,
      disk_percent: 50,
      failed_units: 0,
      uptime_seconds: 90_000,
      uptime: '1 d 1 h',
      troubles: '',
    });
  });

  it.each([
    ['a disk', { disk: 90 }, 75, 'disk /var 90 % full'],
    ['memory', { available: 100 }, 80, 'memory 90 % used'],
    ['load', { load: '5.00' }, 85, 'load 2.5 per core'],
    ['swap', { swapFree: 0 }, 85, 'swap 100 % used'],
    ['one failed unit', { failed: 'a.service loaded failed failed A' }, 90, 'failed units: a.service'],
  ])('takes %s into the score and says so', async (_what, state, score, troubles) => {
    expect(await healthFrom(printed(state))).toMatchObject({ score, troubles });
  });

  it('names the worst first, and is never as bad as what cannot be reached', async () => {
    const failed = Array.from({ length: 7 }, (_, at) => `u${at}.service loaded`).join('\n');
    const health = await healthFrom(printed({ load: '99.00', available: 0, swapFree: 0, disk: 100, failed }));
    expect(health).toMatchObject({ score: 1, failed_units: 7 });
    expect(health.troubles).toMatch(
      /^disk \/var 100 % full; memory .+; failed units: u0.service, .+ and 2 more; swap 100 % used$/,
    );
  });

  it('takes nothing from the score for what a server does not tell', async () => {
    expect(await healthFrom('[uname]\nHaiku\n')).toMatchObject({ score: 100, failed_units: null, disk_percent: null });
  });

  it('works on this machine', async () => {
    const { data, output } = await callTool(fleetHealth, {}, localContext({ server: WEB_1 }));
    expect(data).toMatchObject({
      reachable: true,
      load_per_core: expect.any(Number),
      disk_percent: expect.any(Number),
    });
    expect(output).toMatch(/^web-1: score \d+ of 100, load [\d.]+ per core, memory \d+ %/);
  });

  it.each<ErrorCode>(['server_unreachable', 'host_key_changed'])('makes a row of %s', async (code) => {
    const exec = (): Promise<never> => Promise.reject(new ServonautError(code));
    const { data, output } = await callTool(fleetHealth, {}, { ...localContext(), server: WEB_1, exec });
    expect(data).toMatchObject({ reachable: false, score: 0, reason: code });
    expect(output).toContain(`web-1: score 0 of 100, not reachable (${code})`);
  });
});
