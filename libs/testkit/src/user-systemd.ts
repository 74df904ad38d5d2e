import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import { startProcess } from './test-process.ts';
import { waitFor } from './wait-for.ts';

const MANAGER = '/lib/systemd/systemd';
/** A systemd of a user runs only where it finds this; the rest of the machine must not. */
const BOOTED = '/run/systemd/system';
const RUNTIME = '/run/user/0';

export interface TestUserSystemd {
  /** To put first in PATH: in it, `systemctl` and `loginctl` talk to this systemd alone. */
  readonly programs: string;
  stop(): Promise<void>;
}

/** What {@link startUserSystemd} lacks here, or undefined. */
export function missingUserSystemd(): string | undefined {
  if (process.getuid?.() !== 0) return 'root, who can start a systemd beside the one of the machine';
  return existsSync(MANAGER) ? undefined : 'systemd';
}

/**
 * A systemd as users have one, in a mount namespace of its own. Its units are those of `home`.
 * @param home a folder of the test, which is seen from within, too
 */
export async function startUserSystemd(home: string): Promise<TestUserSystemd> {
  const script = `mount -t tmpfs tmpfs /run && mkdir -p ${BOOTED} ${RUNTIME} && chmod 700 ${RUNTIME} && exec ${MANAGER} --user`;
  const env = { HOME: home, XDG_RUNTIME_DIR: RUNTIME, XDG_CONFIG_HOME: undefined, DBUS_SESSION_BUS_ADDRESS: undefined };
  const manager = await startProcess({
    command: 'unshare',
    args: ['--mount', '--propagation', 'private', 'sh', '-c', script],
    env,
  });
  const within = ['-t', `${manager.pid}`, '-m', 'env', `XDG_RUNTIME_DIR=${RUNTIME}`, `HOME=${home}`];
  const programs = join(home, 'programs');
  mkdirSync(programs);
  for (const name of ['systemctl', 'loginctl']) {
    const path = join(programs, name);
    writeFileSync(path, `#!/bin/sh\nexec nsenter ${within.join(' ')} /usr/bin/${name} "$@"\n`);
    chmodSync(path, 0o755);
  }
  const isUp = (): Promise<boolean> =>
    run(join(programs, 'systemctl'), ['--user', 'show', '--property=Version']).then(
      () => true,
      () => false,
    );
  await waitFor(isUp, { what: 'systemd to answer', timeoutMs: 10_000 });
  return {
    programs,
    stop: async () => {
      await manager.stop();
    },
  };
}
