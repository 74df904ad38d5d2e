import { sh, type ShellCommand } from '@servonaut/plugin-sdk';

interface Unpacker {
  readonly program: string;
  /** Lacks only the name of the file. */
  readonly command: ShellCommand;
}

/** What unpacks a file, by the end of its name. */
const UNPACKERS = {
  gz: { program: 'gzip', command: sh`gzip -dc --` },
  xz: { program: 'xz', command: sh`xz -dc --` },
  zst: { program: 'zstd', command: sh`zstd -dcq --` },
  bz2: { program: 'bzip2', command: sh`bzip2 -dc --` },
} satisfies Record<string, Unpacker>;

export function unpackerOf(path: string): Unpacker | undefined {
  const ending = /\.(gz|xz|zst|bz2)$/.exec(path)?.[1] as keyof typeof UNPACKERS | undefined;
  return ending && UNPACKERS[ending];
}
