import { sh } from '@servonaut/plugin-sdk';

/**
 * All processes, a line each: `ps` of procps, FreeBSD, NetBSD and macOS knows `etime`, that of old OpenBSD does not, and that of busybox has its own
 * options and no times, which the kernel is asked for. `self` is the shell that asks, which nobody wants to see.
 */
export const PROCESS_SCRIPT = sh`LC_ALL=C; export LC_ALL
echo '[self]'; echo "$$"
if ps -A -o pcpu= -o etime= >/dev/null 2>&1; then
  echo '[ps]'; ps -A -ww -o pid= -o ppid= -o user= -o pcpu= -o rss= -o etime= -o stat= -o args=
elif ps -A -o pcpu= >/dev/null 2>&1; then
  echo '[bsd]'; ps -A -ww -o pid= -o ppid= -o user= -o pcpu= -o rss= -o stat= -o args=
else
  echo '[busybox]'; ps -o pid,ppid,user,rss,stat,args
  echo '[uptime]'; cat /proc/uptime
  echo '[stat]'; cat /proc/[0-9]*/stat 2>/dev/null
fi`;
