import { rawShell, sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { jobFolder } from './job-id.ts';
import type { OutputFile } from './job-state.ts';

export interface WindowChoice {
  /** Byte of the stream; undefined for its newest lines. */
  readonly from: number | undefined;
  readonly lines: number;
  readonly grep: string | undefined;
  /** The last line is whole then, too. */
  readonly hasEnded: boolean;
}

/** What is read of one stream: the script prints a line with how many bytes from `start` on need not be read again, and then lines of them. */
export interface OutputWindow {
  readonly start: number;
  readonly script: ShellCommand;
}

/** Bytes of one page of lines from a byte on; a single line that is longer is a page of its own. */
export const PAGE_BYTES = 30_000;

/**
 * Whole lines alone count as read, and a line is shown from its beginning on, wherever `from` is: a secret of which only a part is shown is not found and
 * taken out. Files grow while this reads them, so all looks at them end at the same byte.
 */
export function outputWindow(
  job: string,
  files: readonly OutputFile[],
  choice: WindowChoice,
): OutputWindow | undefined {
  const [first, last] = [files[0], files.at(-1)];
  if (!first || !last) return undefined;
  const end = last.from + last.bytes;
  // One byte before it, since a line begins at `from` where that is a line feed.
  const start = Math.min(end, Math.max((choice.from ?? 0) - 1, first.from));
  if (start === end) return { start, script: NOTHING };
  const paths = files.map(({ name }) => rawShell(`${jobFolder(job).text}/${name}`));
  const bytes = sh`cat -- ${paths} 2>/dev/null | tail -c +${start - first.from + 1} | head -c ${end - start}`;
  // Where older output is dropped, the first line that is kept may have begun there.
  const isInside = start > 0;
  const isLong = end - start > PAGE_BYTES;
  return { start, script: pageScript(bytes, { ...choice, isInside, isLong }) };
}

export const NOTHING = rawShell('echo 0');

interface Page extends WindowChoice {
  /** A line that is no part of the page may end in it. */
  readonly isInside: boolean;
  readonly isLong: boolean;
}

function pageScript(bytes: ShellCommand, { from, lines, grep, hasEnded, isInside, isLong }: Page): ShellCommand {
  const whole = hasEnded ? bytes : wholeLines(bytes);
  const shown = (part: ShellCommand) => (isInside ? sh`${part} | sed 1d` : part);
  if (grep !== undefined) return sh`${whole} | wc -c; ${shown(whole)} | grep -F -e ${grep} | tail -n ${lines}`;
  if (from === undefined) return sh`${whole} | wc -c; ${shown(bytes)} | tail -n ${lines}`;
  const most = lines + Number(isInside);
  const page = isLong ? longPage(bytes, whole, { most, least: 1 + Number(isInside) }) : sh`${whole} | head -n ${most}`;
  return sh`${page} | wc -c; ${shown(page)}`;
}

/** As many lines as there is room for, and so many at least that it goes on behind them. */
function longPage(bytes: ShellCommand, whole: ShellCommand, { most, least }: { most: number; least: number }) {
  const fitting = sh`${bytes} | head -c ${PAGE_BYTES} | head -n ${most} | wc -l`;
  const { text } = fitting;
  return rawShell(`{ fit=$(${text}); [ "$fit" -ge ${least} ] || fit=${least}; ${whole.text} | head -n $fit; }`);
}

/** head(1) of BSD takes no 0, and wc(1) there prints blanks before the number. */
function wholeLines({ text: bytes }: ShellCommand): ShellCommand {
  return rawShell(`{ all=$(${bytes} | wc -l); [ "$all" -eq 0 ] || ${bytes} | head -n $all; }`);
}
