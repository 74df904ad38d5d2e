/** What there is at a path. */
export interface SftpStats {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** In bytes. */
  readonly size: number;
  /** Permission bits, such as `0o644`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** To the second. */
  readonly modifiedAt: Date;
}

export interface SftpEntry extends SftpStats {
  readonly name: string;
}

/**
 * `read`: what is there. `write`: what is there, as it is, or a new file. `create`: a new file; a link of that name counts as being there. Folders on
 * the way may be links.
 */
export type SftpOpenMode = 'read' | 'write' | 'create';

export interface SftpReadOptions {
  /**
   * What was given may be overwritten once more is asked for: whoever keeps it copies it. So a long file takes the memory of a window, while fresh buffers
   * for all of it pile up until they are collected. Default: false.
   */
  readonly reuse?: boolean;
}

/** A file that is open. Requests are under way side by side, up to `SFTP_WINDOW` bytes of them. */
export interface SftpFile {
  stat(): Promise<SftpStats>;
  /** @returns fewer bytes than `length`, at most 1 MiB, only where the file ends */
  readAt(position: number, length: number): Promise<Uint8Array>;
  /** From there to the end, in order, and no faster than it is taken. @param from default 0 */
  read(from?: number, options?: SftpReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes all of it, in place of what is there. What the source has given must not change until it is asked for more. When it fails there may be holes,
   * but none more than `SFTP_WINDOW` bytes before the end of the file.
   * @param at where it begins; default 0
   */
  write(source: Uint8Array | AsyncIterable<Uint8Array>, at?: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves when it would outlive a power cut, to `false` where the server cannot tell. */
  sync(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Files of a server, as the user that commands run as. Each operation is held to what the call was said to do, as the command would be that does the
 * same: reading `/etc/shadow` as `cat` of it.
 * @throws ServonautError `not_found`, `policy_denied`, `tool_failed` where the server refuses, `connection_lost`
 */
export interface Sftp {
  /** Absolute and without links; a relative path begins in the login folder. */
  realPath(path: string): Promise<string>;
  /** Undefined where there is nothing. Of what a link leads to. */
  stat(path: string): Promise<SftpStats | undefined>;
  /** The same, of a link itself. */
  linkStat(path: string): Promise<SftpStats | undefined>;
  /** What is in a folder, as it comes and without `.` and `..`. Of links themselves. */
  list(path: string): AsyncIterable<SftpEntry>;
  /** Closed with the session at the latest. @param permissions of a new file, less the server's umask; default 0o600 */
  open(path: string, mode: SftpOpenMode, permissions?: number): Promise<SftpFile>;
  /** In one step, in place of a file that is there. */
  rename(from: string, to: string): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  /** @param permissions less the server's umask; default 0o755 */
  makeFolder(path: string, permissions?: number): Promise<void>;
  /** A file or a link. */
  remove(path: string): Promise<void>;
  /** An empty one. */
  removeFolder(path: string): Promise<void>;
}
