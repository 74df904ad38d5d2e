export type OutputStream = 'stdout' | 'stderr';

/** Where the output of one command goes as it comes, so that the whole of it can be read later. Whatever becomes of it, the command goes on. */
export interface OutputKeeping {
  /** @returns false when no more should be read from the server until it has drained */
  write(stream: OutputStream, chunk: Buffer): boolean;
  /** Calls `listener` each time that more may be read after all. */
  onDrain(listener: () => void): void;
  /** No more comes. @returns whether it was kept; undefined when it was too short to be */
  end(): Promise<boolean> | undefined;
}
