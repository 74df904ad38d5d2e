import type { KeptOutput, KeptOutputs } from '@servonaut/plugin-sdk';

/** One stream of the output of one request. */
export interface KeptStream {
  readonly requestId: string;
  readonly stream: 'stdout' | 'stderr';
}

export interface StreamPart extends Pick<KeptOutput, 'keptBytes' | 'writtenBytes'> {
  readonly bytes: Buffer;
}

/** Reads a part of a stream, of at most 1 MiB. */
export type ReadPart = (offset: number, length: number) => Promise<StreamPart>;

/** @throws ServonautError `not_found`, when it reads */
export function partsOf(outputs: KeptOutputs, { requestId, stream }: KeptStream): ReadPart {
  return async (offset, length) => {
    const { bytes, ...counts } = await outputs.read(requestId, stream, { offset, length });
    return { ...counts, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  };
}

/** What is shown of a stream. */
export interface Shown extends Pick<KeptOutput, 'keptBytes' | 'writtenBytes'> {
  readonly text: string;
  /** Of its first byte. */
  readonly offset: number;
  /** Where to read on; null at the end of what is kept. */
  readonly nextOffset: number | null;
  /** It is no text, and not shown. */
  readonly binary: boolean;
}
