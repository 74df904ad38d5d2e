import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { statusScript } from './status-script.ts';

export const ACTIONS = ['start', 'stop', 'restart', 'reload', 'enable', 'disable'] as const;
export type Action = (typeof ACTIONS)[number];

/** How it is afterwards is asked in the same go, and only when it was done. What it says meanwhile goes to stderr, so that it is not read as a status. */
export function controlScript(name: string, action: Action): ShellCommand {
  return sh`{
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then systemctl --no-ask-password ${action} -- ${name}
${otherManagers(name, action)}
else exit 81; fi
} >&2 || exit
${statusScript(name)}`;
}

function otherManagers(name: string, action: Action): ShellCommand {
  const [openrc, sysv] = startsWithServer(name, action);
  return sh`elif command -v rc-service >/dev/null 2>&1; then ${openrc}
elif command -v rcctl >/dev/null 2>&1; then rcctl ${action} ${name}
${sysv}
elif command -v service >/dev/null 2>&1; then service ${name} ${action}`;
}

/** OpenRC and SysV have programs of their own for what starts with the server. */
function startsWithServer(name: string, action: Action): readonly [openrc: ShellCommand, sysv: ShellCommand] {
  if (action === 'enable')
    return [
      sh`rc-update add ${name} default`,
      sh`elif command -v update-rc.d >/dev/null 2>&1; then update-rc.d ${name} enable
elif command -v chkconfig >/dev/null 2>&1; then chkconfig ${name} on`,
    ];
  if (action === 'disable')
    return [
      sh`rc-update --all del ${name}`,
      sh`elif command -v update-rc.d >/dev/null 2>&1; then update-rc.d ${name} disable
elif command -v chkconfig >/dev/null 2>&1; then chkconfig ${name} off`,
    ];
  return [sh`rc-service --nocolor ${name} ${action}`, sh``];
}
