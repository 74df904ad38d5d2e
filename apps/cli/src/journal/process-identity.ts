import { readFileSync } from 'node:fs';

/** When the process started, in clock ticks since boot (proc(5), field 22 of `stat`); empty where there is no /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, field 2, may hold spaces and parentheses; what follows its last one does not.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

const identityOf = (pid: number): string => `${pid} ${startTime(pid)}`;

/** Pid and start time: after a reboot, or in a container that starts over, the pid alone may be another process's. */
export function thisProcess(): string {
  return identityOf(process.pid);
}

/** @param identity what `thisProcess` said in some process, perhaps a dead one */
export function isAlive(identity: string): boolean {
  const pid = Number.parseInt(identity, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  return exists(pid) && identityOf(pid) === identity;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
