import { expect, it } from '@jest/globals';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import type { Ssh2Link } from '../links/ssh2-link.ts';
import { JumpHosts } from './jump-hosts.ts';

const TO = { name: 'web-1', host: '192.0.2.1', port: 22, timeoutMs: 1_000 };

/** Jump hosts that are never reached. */
function unreachable(openTimeoutMs: number) {
  const signals: AbortSignal[] = [];
  const connect = (_name: string, _target: unknown, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<Ssh2Link>(() => undefined);
  };
  return { signals, hosts: new JumpHosts({ connect, openTimeoutMs: () => openTimeoutMs, idleMs: 1_000 }) };
}

it('a connect to a jump host that comes to no end is given up, and the next one is another', async () => {
  const { signals, hosts } = unreachable(20);
  for (const connects of [1, 2]) {
    await expect(hosts.forward(anSshTarget(), TO)).rejects.toMatchObject({
      code: 'connect_timeout',
      message: expect.stringMatching(/^On the way to web-1: /),
    });
    expect([signals.length, signals.at(-1)?.aborted, hosts.size]).toEqual([connects, true, 0]);
  }
});

it('a connect to a jump host is given up when all is closed, and none is begun after that', async () => {
  const { signals, hosts } = unreachable(3_600_000);
  const forward = hosts.forward(anSshTarget(), TO).catch((error: unknown) => error);
  hosts.close();
  expect(await forward).toMatchObject({ code: 'server_unreachable' });
  expect([signals[0]?.aborted, hosts.size]).toEqual([true, 0]);
  await expect(hosts.forward(anSshTarget(), TO)).rejects.toMatchObject({ code: 'server_unreachable' });
  expect(signals).toHaveLength(1);
});
