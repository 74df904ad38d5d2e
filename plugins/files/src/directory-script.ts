import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { STAT_FORMATS } from './file-facts.ts';

/**
 * Prints a record about each entry, which begins with `mark` and ends with its name: any character but NUL may be in that, line ends too, so `mark`
 * has to be what nobody can have known. The folder itself may be a link; links in it are not followed.
 */
export function directoryScript(path: string, depth: number, mark: string): ShellCommand {
  const found = sh`find -H ${path} -mindepth 1 -maxdepth ${depth} -exec`;
  return sh`LC_ALL=C; export LC_ALL
[ -e ${path} ] || exit 81
[ -d ${path} ] || exit 85
[ -r ${path} ] && [ -x ${path} ] || exit 84
if stat -c %s / >/dev/null 2>&1
then ${found} stat -c ${`${mark}${STAT_FORMATS.gnu}|%n`} -- {} +
else ${found} stat -f ${`${mark}${STAT_FORMATS.bsd}|%N`} -- {} +
fi`;
}
