import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import type { LogChoice } from './log-choice.ts';
import { levelWords } from './log-level.ts';

/** Shell text that sets `$text`: the option that keeps grep from calling a log binary for one odd byte. busybox has none and needs none. */
export const TEXT_OPTION = sh`LC_ALL=C; export LC_ALL; text=
if printf x | grep -aqF x 2>/dev/null; then text=-a; fi`;

export interface LineFilter {
  /** Run before `pipe`. */
  readonly setup: ShellCommand;
  /** Each filter with the bar before it. */
  readonly pipe: readonly ShellCommand[];
}

/** Lines that say one of these levels, and that contain a text, which is no pattern, and no option when it starts with a dash; undefined when all are wanted. */
export function lineFilter({ grep, level }: Pick<LogChoice, 'grep' | 'level'>): LineFilter | undefined {
  if (grep === undefined && level === undefined) return undefined;
  return {
    setup: sh`${TEXT_OPTION}
words=${level === undefined ? '' : levelWords(level)} wanted=${grep ?? ''}
`,
    pipe: [
      ...(level === undefined ? [] : [sh`| grep $text -i -w -E -e "$words"`]),
      ...(grep === undefined ? [] : [sh`| grep $text -F -e "$wanted"`]),
    ],
  };
}
