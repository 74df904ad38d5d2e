import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';

/**
 * SFTP that does no more than its call was said to do: before each operation `check` is given the command that does the same, which the operator's
 * policy reads as it reads any other.
 */
export function heldSftp(sftp: Sftp, check: (command: ShellCommand) => void): Sftp {
  const readPath = (path: string): void => check(sh`cat -- ${path}`);
  const lookAt = (path: string): void => check(sh`ls -ld -- ${path}`);
  return {
    realPath: async (path) => (lookAt(path), sftp.realPath(path)),
    stat: async (path) => (lookAt(path), sftp.stat(path)),
    linkStat: async (path) => (lookAt(path), sftp.linkStat(path)),
    async *list(path) {
      check(sh`ls -la -- ${path}`);
      yield* sftp.list(path);
    },
    open: async (path, mode, permissions) => {
      if (mode === 'read') readPath(path);
      else check(sh`: > ${path}`);
      return sftp.open(path, mode, permissions);
    },
    rename: async (from, to) => (check(sh`mv -f -- ${from} ${to}`), sftp.rename(from, to)),
    setMode: async (path, mode) => (check(sh`chmod ${mode.toString(8)} -- ${path}`), sftp.setMode(path, mode)),
    makeFolder: async (path, permissions) => (check(sh`mkdir -- ${path}`), sftp.makeFolder(path, permissions)),
    remove: async (path) => (check(sh`rm -f -- ${path}`), sftp.remove(path)),
    removeFolder: async (path) => (check(sh`rmdir -- ${path}`), sftp.removeFolder(path)),
  };
}
