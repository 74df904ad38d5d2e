import { z } from '@servonaut/plugin-sdk';
import { byteWords, diskSchema, parseHostFacts, sectionsOf } from '@servonaut/plugin-sdk/host-facts';

export const diskRowSchema = diskSchema.extend({
  /** Of the files that it can hold; null where it has no such bound, or df(1) does not tell. */
  inodes_percent: z.int().min(0).nullable(),
  /** The same as the bytes, for reading. */
  size: z.string(),
  used: z.string(),
});
export type DiskRow = z.infer<typeof diskRowSchema>;

/** `df -Pi` of Linux: source, inodes, used, free, share, mount. */
const LINUX_LINE = /^.+?\s+\d+\s+\d+\s+\d+\s+(\d+)%\s+(\/.*)$/;
/** `df -ki` of BSD and macOS, which has the figures of the inodes behind those of the bytes. */
const BSD_LINE = /^.+?\s+\d+\s+\d+\s+-?\d+\s+\d+%\s+\d+\s+\d+\s+(\d+)%\s+(\/.*)$/;

/** Reads the sections `disks` and `inodes` of what the script printed; the fullest first, by bytes or by inodes. */
export function parseDiskRows(stdout: string): DiskRow[] {
  const inodes = inodeShares(sectionsOf(stdout).get('inodes') ?? []);
  return parseHostFacts(stdout)
    .disks.map((disk) => ({
      ...disk,
      inodes_percent: inodes.get(disk.mount) ?? null,
      size: byteWords(disk.size_bytes),
      used: byteWords(disk.used_bytes),
    }))
    .toSorted((one, other) => fullness(other) - fullness(one));
}

function inodeShares(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = lines.map((line) => BSD_LINE.exec(line) ?? LINUX_LINE.exec(line)).filter((match) => match !== null);
  return new Map(found.map(([, percent, mount = '']) => [mount, Number(percent)]));
}

function fullness({ used_percent: bytes, inodes_percent: inodes }: DiskRow): number {
  return Math.max(bytes, inodes ?? 0);
}
