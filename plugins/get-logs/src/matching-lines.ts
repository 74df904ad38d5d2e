import { sh, type ShellCommand } from '@servonaut/plugin-sdk';

/** Shell text that sets `$text`: the option that keeps grep from calling a log binary for one odd byte. busybox has none and needs none. */
export const GREP_TEXT_OPTION = sh`LC_ALL=C; export LC_ALL; text=
if printf x | grep -aqF x 2>/dev/null; then text=-a; fi`;

/** The filter itself: `value` is text, not a pattern, and not an option when it starts with a dash. Wants `$text`. */
export function grepFor(value: string): ShellCommand {
  return sh`grep $text -F -e ${value}`;
}
