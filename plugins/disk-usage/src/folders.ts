import { z, type ExecResult } from '@servonaut/plugin-sdk';
import { byteWords, sectionsOf } from '@servonaut/plugin-sdk/host-facts';

const folderSchema = z.object({ path: z.string(), bytes: z.int().min(0), size: z.string() });

export const foldersSchema = z.object({
  /** The biggest first, each with all that is below it. */
  rows: z.array(folderSchema),
  /** Whether there are more than were asked for. */
  has_more: z.boolean(),
  /** Whether the time was up before all was counted: what is shown is then only what had been. */
  timed_out: z.boolean(),
  /** Whether some could not be read; what is in them is not counted. */
  unreadable: z.boolean(),
});
export type Folders = z.infer<typeof foldersSchema>;

/** du(1): KiB and path. */
const DU_LINE = /^(\d+)\s+(\/.*)$/;
/** With what timeout(1) ends: of coreutils and BSD, of busybox, and when du had to be killed. */
const TIMED_OUT = new Set(['124', '143', '137']);

/** Reads the section `folders`, and from stderr how du(1) has ended. */
export function parseFolders({ stdout, stderr, timedOut }: ExecResult, most: number): Folders {
  const found = (sectionsOf(stdout).get('folders') ?? [])
    .map((line) => DU_LINE.exec(line))
    .filter((match) => match !== null)
    .map(([, kib, path = '']) => ({ path, bytes: Number(kib) * 1024, size: byteWords(Number(kib) * 1024) }));
  const ended = /\[du (\d+)\]/.exec(stderr)?.[1];
  const isCut = timedOut || (ended !== undefined && TIMED_OUT.has(ended));
  return {
    rows: found.slice(0, most),
    has_more: found.length > most,
    timed_out: isCut,
    unreadable: !isCut && ended !== '0',
  };
}
