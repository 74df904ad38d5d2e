import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { unpackerOf } from './unpacker.ts';

/** Most rotated files that one call reads. */
export const MOST_ROTATED = 30;
/** The script found rotated files, told on stderr, and read nothing. */
export const HAS_ROTATED = 91;

/** A file that was the log before, as what its name has after that of the log. */
export interface RotatedFile {
  readonly suffix: string;
  /** When it was last written to, in seconds since 1970; undefined where the server does not tell. */
  readonly writtenAt: number | undefined;
}

const NUMBERED = /^\.(\d{1,4})(?:\.(?:gz|xz|zst|bz2))?$/;
const DATED = /^[-.](?:19|20)\d{2}[\d.:_T-]{2,30}?(?:\.(?:gz|xz|zst|bz2))?$/;

/** Whether this is the log that is written to now, as far as its name tells. */
export function isRotated(path: string): boolean {
  return /\.(?:\d{1,4}|gz|xz|zst|bz2)$|[-.](?:19|20)\d{2}-?\d{2}-?\d{2}[\d.:_T-]*$/.test(path);
}

/** Tells which rotated files `$path` has, and exits then. */
export const ROTATED_LISTED: ShellCommand = sh`rotated=
for file in "$path"[.-][0-9]*; do
if [ -f "$file" ]; then
rotated=1
written=$(stat -c %Y -- "$file" 2>/dev/null || stat -f %m -- "$file" 2>/dev/null)
printf 'rotated %s %s\n' "$written" "$file" >&2
fi
done
[ -z "$rotated" ] || exit ${HAS_ROTATED}`;

/** The newest first. What only looks like one by the start of its name is none; of one that is just being packed, the whole one counts. */
export function rotatedFiles(stderr: string, path: string): RotatedFile[] {
  const found = [...stderr.replaceAll(path, '').matchAll(/^rotated (\d*) (\S+)$/gm)].map(
    ([, written, suffix = '']) => ({
      suffix,
      writtenAt: written ? Number(written) : undefined,
    }),
  );
  const suffixes = new Set(found.map(({ suffix }) => suffix));
  return found
    .filter(({ suffix }) => NUMBERED.test(suffix) || DATED.test(suffix))
    .filter(({ suffix }) => !unpackerOf(suffix) || !suffixes.has(suffix.replace(/\.[a-z0-9]+$/, '')))
    .sort(newestFirst);
}

/** Numbers before dates, since a log has the one or the other and `.1` is what it was last. */
function newestFirst({ suffix: one }: RotatedFile, { suffix: other }: RotatedFile): number {
  const [number, another] = [one, other].map((suffix) => Number(NUMBERED.exec(suffix)?.[1] ?? Infinity)) as [
    number,
    number,
  ];
  if (number !== another) return number < another ? -1 : 1;
  return one.slice(1) < other.slice(1) ? 1 : -1;
}
