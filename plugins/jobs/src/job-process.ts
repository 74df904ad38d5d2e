import { LOOK_AT_PROCESS, rawShell } from '@servonaut/plugin-sdk';

/** Process groups, one on a line, of what has the id of the job among its arguments: its leader, and what keeps its output for as long as it may write any. */
const GROUPS_OF_JOB = `if [ -r /proc/self/stat ]; then
  for one in $(grep -lsF -e "\${job##*/}" /proc/[0-9]*/cmdline); do sed -e 's/.*) //' -- "\${one%cmdline}stat" 2>/dev/null | cut -d ' ' -f 3; done
else ps -A -ww -o pgid= -o args= | grep -F -e "\${job##*/}" | sed -e 's/^ *//' -e 's/ .*//'; fi`;

/**
 * Reads `job`, a folder, `pid` and `was`, and sets `now`: to `was` where the process is the one that was started, and also where that was killed alone and
 * others of its group go on. The id is in the arguments of none but the job's own, so a group of that number is not another one.
 */
export const LOOK_AT_JOB = rawShell(`${LOOK_AT_PROCESS}
[ "$now" = "$was" ] || ! { ${GROUPS_OF_JOB}; } | grep -qx -e "$pid" || now=$was`);
