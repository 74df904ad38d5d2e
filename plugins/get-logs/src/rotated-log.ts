import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { instantOf } from './given-time.ts';
import { linesRead, type LogChoice } from './log-choice.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter, TEXT_OPTION } from './matching-lines.ts';
import { MOST_ROTATED, type RotatedFile } from './rotated-files.ts';
import { unpackerOf } from './unpacker.ts';

type FileChoice = LogChoice & { readonly path: string };

/** The last lines of a log, and of as many of its rotated files as they go back to. Oldest first, each with an end to its last line. */
export function withRotated(choice: FileChoice, file: LogSource, found: readonly RotatedFile[]): LogSource {
  const wanted = writtenSince(choice.since, found);
  const rotated = wanted.slice(0, MOST_ROTATED);
  const filter = lineFilter(choice);
  const pipe = filter?.pipe ?? [sh`| grep $text -e ''`];
  const most = linesRead(choice);
  const isCounted = choice.until === undefined;
  const newest = filter || !isCounted ? sh`cat -- "$path"` : sh`tail -n "$most" -- "$path"`;
  return {
    ...file,
    read: sh`${filter?.setup ?? TEXT_OPTION}
most=${most} kept=0 why= lines=0
${isCounted ? sh`lines=$(${newest} ${pipe} | grep -c '')` : []}
${rotated.map((one, index) => lookedInto(one, index, isCounted ? pipe : undefined))}
printf 'read %s %s\n' "$kept" "$why" >&2
{
${rotated.map((one, index) => passedOn(one, index, pipe)).toReversed()}
${newest} ${pipe}
} ${isCounted ? sh`| tail -n "$most"` : []}`,
    told: (stderr) => told(stderr, choice.path, wanted),
  };
}

/** What was last written to before has no line of the time. */
function writtenSince(since: string | undefined, found: readonly RotatedFile[]): readonly RotatedFile[] {
  if (since === undefined) return found;
  const from = instantOf(since) / 1_000;
  const older = found.findIndex(({ writtenAt = Infinity }) => writtenAt + 1 <= from);
  return older === -1 ? found : found.slice(0, older);
}

function whole({ suffix }: RotatedFile): ShellCommand {
  return sh`${unpackerOf(suffix)?.command ?? sh`cat --`} "$file"`;
}

/**
 * Sets `kept` when the file is needed and can be read, and otherwise `why` it cannot: then what is older is not read, since there would be a gap.
 * @param count what the lines that count pass; undefined where all files are read
 */
function lookedInto(one: RotatedFile, index: number, count: readonly ShellCommand[] | undefined): ShellCommand {
  const { program } = unpackerOf(one.suffix) ?? { program: 'cat' };
  return sh`
if [ "$kept" -eq ${index} ] && [ "$lines" -lt "$most" ]; then
file="$path"${one.suffix}
if [ ! -r "$file" ]; then why=unreadable
elif ! command -v ${program} >/dev/null 2>&1; then why=${program}
else kept=${index + 1}
${
  count
    ? sh`found=$(${whole(one)} ${count} | grep -c '')
lines=$(expr "$lines" + "$found")`
    : []
}
fi
fi`;
}

function passedOn(one: RotatedFile, index: number, pipe: readonly ShellCommand[]): ShellCommand {
  return sh`
if [ "$kept" -gt ${index} ]; then
file="$path"${one.suffix}
${whole(one)} ${pipe}
fi`;
}

const TOLD = /^read (\d+) (\w*)\n/m;

/** What the script says on stderr of what it has read, and what else is there. */
function told(
  stderr: string,
  path: string,
  wanted: readonly RotatedFile[],
): ReturnType<NonNullable<LogSource['told']>> {
  const [, read = '0', why = ''] = TOLD.exec(stderr) ?? [];
  const kept = Number(read);
  const next = wanted[kept];
  const name = path.slice(path.lastIndexOf('/') + 1);
  const names = wanted.slice(0, kept).map(({ suffix }) => suffix);
  const said = [
    ...(kept > 0 ? [`read ${name} and ${shown(names)} of it`] : []),
    ...(why === '' || !next ? [] : [`not read from ${next.suffix} on: ${reason(why)}`]),
    ...(next && kept === MOST_ROTATED ? [`${wanted.length - kept} older files are not read`] : []),
  ];
  return { said, stderr: stderr.replace(TOLD, '') };
}

function reason(why: string): string {
  return why === 'unreadable' ? 'the SSH user has no permission' : `the server has no ${why}`;
}

const SHOWN = 4;

function shown(suffixes: readonly string[]): string {
  if (suffixes.length <= SHOWN) return suffixes.join(', ');
  return `${suffixes[0]} to ${suffixes.at(-1)} (${suffixes.length} files)`;
}
