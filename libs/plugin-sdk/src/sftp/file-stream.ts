/** Bytes of one request: what every server takes (draft-ietf-secsh-filexfer-02 section 3). */
export const SFTP_CHUNK = 32 * 1_024;
/** Bytes that may be under way at once. */
export const SFTP_WINDOW = 64 * SFTP_CHUNK;

/** Its failure is told when its turn comes. */
function begun<Value>(request: Promise<Value>): Promise<Value> {
  request.catch(() => undefined);
  return request;
}

/**
 * A file from `from` on, in order, with ever more requests under way as it turns out to be longer.
 * @param readAt gives fewer bytes than it was asked for only at the end of the file
 * @param chunk bytes of one request
 * @param onTaken gets what was given, once more is asked for
 */
export async function* readAhead(
  readAt: (position: number, length: number) => Promise<Uint8Array>,
  from = 0,
  chunk = SFTP_CHUNK,
  onTaken?: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const most = SFTP_WINDOW / chunk;
  const underWay: Promise<Uint8Array>[] = [];
  try {
    for (let [next, ahead] = [from, 2]; ; ahead = Math.min(most, ahead + 2)) {
      for (; underWay.length < ahead; next += chunk) underWay.push(begun(readAt(next, chunk)));
      const bytes = (await underWay.shift()) ?? new Uint8Array();
      if (bytes.length > 0) yield bytes;
      if (bytes.length < chunk) return;
      onTaken?.(bytes);
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}

async function* inChunks(source: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of source instanceof Uint8Array ? [source] : source)
    for (let start = 0; start < bytes.length; start += SFTP_CHUNK) yield bytes.subarray(start, start + SFTP_CHUNK);
}

/** Writes what comes from `at` on, with several requests under way. */
export async function writeBehind(
  writeAt: (position: number, bytes: Uint8Array) => Promise<void>,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  at = 0,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  let position = at;
  try {
    for await (const bytes of inChunks(source)) {
      if (underWay.length >= SFTP_WINDOW / SFTP_CHUNK) await underWay.shift();
      underWay.push(begun(writeAt(position, bytes)));
      position += bytes.length;
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** In turn in one of two buffers, which holds a block until the next but one is asked for. */
async function* inBlocks(source: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [block, other] = [Buffer.allocUnsafeSlow(SFTP_WINDOW / 2), Buffer.allocUnsafeSlow(SFTP_WINDOW / 2)];
  let filled = 0;
  for await (const bytes of inChunks(source)) {
    if (filled + bytes.length > block.length) {
      yield block.subarray(0, filled);
      [block, other, filled] = [other, block, 0];
    }
    block.set(bytes, filled);
    filled += bytes.length;
  }
  yield block.subarray(0, filled);
}

/**
 * The same in few large pieces, one after the other, for a file to which a call costs as much as many bytes do. It holds on to nothing of the source, so
 * that its chunks can be forgotten as fast as they come.
 */
export async function writeInBlocks(
  writeAt: (position: number, bytes: Uint8Array) => Promise<void>,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  at = 0,
): Promise<void> {
  let [position, writing] = [at, Promise.resolve()];
  try {
    for await (const block of inBlocks(source)) {
      await writing;
      writing = begun(writeAt(position, block));
      position += block.length;
    }
  } finally {
    await writing;
  }
}
