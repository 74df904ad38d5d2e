import { rawShell } from '../shell/sh.ts';

/**
 * Asks a server for its figures in one go: POSIX sh, Linux first (Debian, busybox), then what BSD and macOS have. Each answer follows a line
 * `[name]`; what a system does not know it leaves out. Its host name and addresses are not asked for: they stay on the operator's machine.
 */
export const HOST_FACTS_SCRIPT = rawShell(String.raw`LC_ALL=C; TZ=UTC0; export LC_ALL TZ
echo '[os]'
if [ -r /etc/os-release ]; then sed -n 's/^PRETTY_NAME=//p' /etc/os-release
elif command -v sw_vers >/dev/null 2>&1; then echo "$(sw_vers -productName) $(sw_vers -productVersion)"; fi
echo '[uname]'
uname -s; uname -r; uname -m
echo '[cpus]'
getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || grep -c '^processor' /proc/cpuinfo 2>/dev/null
echo '[load]'
cat /proc/loadavg 2>/dev/null || sysctl -n vm.loadavg 2>/dev/null
echo '[uptime]'
cat /proc/uptime 2>/dev/null || { date +%s; sysctl -n kern.boottime; } 2>/dev/null
echo '[memory]'
cat /proc/meminfo 2>/dev/null || { sysctl hw.physmem hw.physmem64 hw.memsize; vmstat -s; } 2>/dev/null
echo '[swap]'
if [ ! -r /proc/meminfo ]; then { swapctl -lk || swapinfo -k; } 2>/dev/null; fi
echo '[users]'
if command -v who >/dev/null 2>&1; then who 2>/dev/null | wc -l; fi
echo '[disks]'
if df -Pkl / >/dev/null 2>&1; then df -Pkl 2>/dev/null; else df -Pk 2>/dev/null; fi
exit 0
`);
