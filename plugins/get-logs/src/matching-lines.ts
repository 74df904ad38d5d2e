import { sh, type ShellCommand } from '@servonaut/plugin-sdk';

/** Shell text that sets `$text`: the option that keeps grep from calling a log binary for one odd byte. busybox has none and needs none. */
const TEXT_OPTION = sh`LC_ALL=C; export LC_ALL; text=
if printf x | grep -aqF x 2>/dev/null; then text=-a; fi`;

export interface LineFilter {
  /** Run before `pipe`. */
  readonly setup: ShellCommand;
  /** Each filter with the bar before it. */
  readonly pipe: ShellCommand;
}

/** Lines that contain a text, which is no pattern, and no option when it starts with a dash; undefined when all are wanted. */
export function lineFilter({ grep }: { readonly grep?: string | undefined }): LineFilter | undefined {
  if (grep === undefined) return undefined;
  return { setup: TEXT_OPTION, pipe: sh`| grep $text -F -e ${grep}` };
}
