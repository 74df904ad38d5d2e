import type { DemoServer } from './server-facts.ts';
import { findProgram, startSshd } from '@servonaut/testkit';

/** A real sshd of the demo's own on loopback, or an SSH server in this process where there is no sshd. */
export async function startDemoServer(): Promise<DemoServer> {
  if (!findProgram('sshd')) {
    const { startInProcessSshd } = await import('./in-process-sshd.ts');
    return startInProcessSshd();
  }
  const sshd = await startSshd();
  return {
    kind: 'a real sshd on loopback',
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    identityFile: sshd.privateKeyPath,
    knownHostsLine: sshd.hostKeyLine,
    stop: () => sshd.stop(),
  };
}
