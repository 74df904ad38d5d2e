import { ServonautError } from '@servonaut/plugin-sdk';
import { openPartial } from './partial-file.ts';
import { openPlain } from './plain-file.ts';
import type { Side } from './side.ts';

export interface CopiedRange {
  readonly from: number;
  /** Of the file when it was looked at: what is written to it later does not belong to it. */
  readonly size: number;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Copies bytes of the source into the partial file of the target, which has them and no others then. A server's disk is not waited for, as by sftp(1); this
 * machine's is, since a file of the right name and size would be all that a power cut leaves of one that is put in place before.
 */
export function copyFrom(source: Side, target: Side, range: CopiedRange): Promise<void> {
  return source.files((sourceFiles) =>
    target.files(async (targetFiles) => {
      const from = await openPlain(sourceFiles, source);
      const to = await openPartial(targetFiles, target, range.from);
      await to.write(upTo(from.read(range.from, { reuse: true }), source, range), range.from);
      await to.truncate(range.size);
      if (target.isHere) await to.sync();
      await to.close();
    }),
  );
}

async function* upTo(
  bytes: AsyncIterable<Uint8Array>,
  { called }: Side,
  { from, size, onProgress }: CopiedRange,
): AsyncGenerator<Uint8Array> {
  let done = from;
  for await (const chunk of bytes) {
    const wanted = chunk.subarray(0, size - done);
    done += wanted.length;
    if (wanted.length > 0) yield wanted;
    onProgress(done, size);
    if (done === size) return;
  }
  if (done < size)
    throw new ServonautError('tool_failed', { message: `${called} has become shorter while it was read.` });
}
