import { findProgram, requireProgram } from './find-program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startProcess } from './test-process.ts';

/** A Secret Service (GNOME Keyring) on a session bus of its own. */
export interface TestSecretService {
  /** For the processes that should find it. */
  readonly env: Readonly<Record<string, string>>;
  /** It does not answer from now on, as one that waits for somebody. */
  freeze(): void;
  stop(): Promise<void>;
}

const PROGRAMS = ['dbus-run-session', 'dbus-send', 'gnome-keyring-daemon'];
const DAEMON = 'gnome-keyring-daemon --foreground --components=secrets';
const HAS_OWNER = 'dbus-send --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner';
/** Says where the bus is once the service is on it. */
const SAY_WHEN_READY = `until ${HAS_OWNER} string:org.freedesktop.secrets | grep -q true; do sleep 0.05; done; echo "bus $! $DBUS_SESSION_BUS_ADDRESS"; wait`;

/** What {@link startSecretService} lacks here, for `unlessMissing`. */
export function missingSecretService(): string | undefined {
  return PROGRAMS.find((program) => !findProgram(program));
}

/**
 * @param options.locked whether it has no keychain that is open, on a machine where nobody sits who could open one
 * @throws Error where a program is missing
 */
export async function startSecretService({ locked = false } = {}): Promise<TestSecretService> {
  PROGRAMS.forEach(requireProgram);
  const folder = await temporaryFolder();
  const daemon = locked ? `${DAEMON} &` : `printf password | ${DAEMON} --unlock >/dev/null &`;
  const bus = await startProcess({
    command: requireProgram('dbus-run-session'),
    args: ['--', '/bin/sh', '-c', `${daemon} ${SAY_WHEN_READY}`],
    env: {
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      XDG_DATA_HOME: folder,
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
    },
  });
  const [, pid, address = ''] = await bus.waitForLine(/^bus (\d+) (.+)/);
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    freeze: () => void process.kill(Number(pid), 'SIGSTOP'),
    stop: async () => {
      process.kill(Number(pid), 'SIGCONT');
      await bus.stop();
    },
  };
}
