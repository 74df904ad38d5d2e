import { sh, type ShellCommand } from '@servonaut/plugin-sdk';

const PROPERTIES =
  'LoadState,Description,ActiveState,SubState,Result,UnitFileState,MainPID,ExecMainStatus,NRestarts,StateChangeTimestamp,MemoryCurrent';

/**
 * Asks whatever supervises services on the server: systemd, OpenRC, rcctl of OpenBSD, or service(8) of FreeBSD, NetBSD and SysV. The first section says
 * which; `exit` is what its answer ended with. Times are in UTC.
 */
export function statusScript(name: string): ShellCommand {
  return sh`LC_ALL=C; TZ=UTC0; export LC_ALL TZ
name=${name}
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
  echo '[systemd]'; systemctl show --no-pager --property=${PROPERTIES} -- "$name"; code=$?
elif command -v rc-service >/dev/null 2>&1; then
  echo '[openrc]'; rc-service --nocolor ${name} status 2>&1; code=$?
  echo '[enabled]'; rc-update show 2>/dev/null
elif command -v rcctl >/dev/null 2>&1; then
  echo '[rcctl]'; rcctl check ${name} 2>&1; code=$?
  echo '[enabled]'; if rcctl get ${name} status >/dev/null 2>&1; then echo "$name"; else echo -; fi
elif command -v service >/dev/null 2>&1; then
  echo '[service]'; service ${name} status 2>&1; code=$?
  echo '[enabled]'; if [ -d /etc/rc3.d ]; then ls -d /etc/rc[2345].d/S[0-9]*"$name" 2>/dev/null; echo -; else service -e 2>/dev/null; fi
else exit 81; fi
echo '[exit]'; echo "$code"`;
}
