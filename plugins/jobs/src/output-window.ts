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
  const paths = files.map(({ name }) => rawShell(`${jobFolder(job).text}/${name}`));
  const bytes = sh`cat -- ${paths} 2>/dev/null | tail -c +${start - first.from + 1} | head -c ${end - start}`;
  return { start, script: pageScript(bytes, start > first.from, choice) };
}

function pageScript(
  bytes: ShellCommand,
  isInside: boolean,
  { from, lines, grep, hasEnded }: WindowChoice,
): ShellCommand {
  const whole = hasEnded ? bytes : rawShell(`${bytes.text} | head -n $(${bytes.text} | wc -l)`);
  const shown = (part: ShellCommand) => (isInside ? sh`${part} | sed 1d` : part);
  if (grep !== undefined) return sh`${whole} | wc -c; ${shown(whole)} | grep -F -e ${grep} | tail -n ${lines}`;
  if (from === undefined) return sh`${whole} | wc -c; ${shown(bytes)} | tail -n ${lines}`;
  const page = sh`${whole} | head -n ${lines + Number(isInside)}`;
  return sh`${page} | wc -c; ${shown(page)}`;
}
