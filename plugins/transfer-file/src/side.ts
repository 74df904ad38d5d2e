import type { Sftp } from '@servonaut/plugin-sdk/sftp';

/** Where a file is, or will be: on a server, or in the transfer folder of this machine. */
export interface Side {
  /** Of the file, as `files` takes it. */
  readonly path: string;
  /** The file in words, for errors and answers. */
  readonly called: string;
  /** On this machine. */
  readonly isHere: boolean;
  /** What no two files of any sides have in common. */
  readonly key: string;
  /**
   * Files of this side while `use` runs. No other method is called meanwhile: a server may allow one session at a time, and whoever holds one and waits
   * for another would wait for ever.
   */
  files<Value>(use: (sftp: Sftp) => Promise<Value>): Promise<Value>;
  /** The user id that files are made with; undefined when it cannot be found out. */
  owner(): Promise<number | undefined>;
  /** SHA-256 of the first `length` bytes of a file on this side, in hexadecimal; undefined where nothing there makes one out. */
  digest(path: string, length: number): Promise<string | undefined>;
}
