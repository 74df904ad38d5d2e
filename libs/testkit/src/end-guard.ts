import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Undoes something unless it is called off. */
export interface EndGuard {
  callOff(): void;
}

/**
 * Runs a line of shell when this process has ended, however it ended. An exit handler would not do: a killed process runs none, and
 * jest gives tests a copy of `process` whose handlers never run. So a small shell waits for our end of its pipe to close.
 * @param action line of /bin/sh that sees `value` as `$1`
 */
export function atTheEnd(action: string, value: string): EndGuard {
  const script = `while read -r _; do :; done; ${action}`;
  const shell = spawn('/bin/sh', ['-c', script, 'servonaut-test-guard', value], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  shell.unref();
  (shell.stdin as Socket).unref();
  return { callOff: () => void shell.kill('SIGKILL') };
}
