import { ServonautError } from '@servonaut/contracts';
import { sh, type ShellCommand } from '@servonaut/plugin-sdk';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';

/** All that chmod can set: the bits of access, setuid, setgid and sticky. */
const ALL_BITS = 0o7777;

/**
 * SFTP that does no more than its call was said to do: before each operation `check` is given the command that does the same, which the operator's
 * policy reads as it reads any other.
 */
export function heldSftp(sftp: Sftp, check: (command: ShellCommand) => void): Sftp {
  const readPath = (path: string): void => check(sh`cat -- ${path}`);
  const lookAt = (path: string): void => check(sh`ls -ld -- ${path}`);
  const chmod = (path: string, mode: number): void => check(sh`chmod ${modeOf(mode).toString(8)} -- ${path}`);
  return {
    realPath: async (path) => (lookAt(path), sftp.realPath(path)),
    stat: async (path) => (lookAt(path), sftp.stat(path)),
    linkStat: async (path) => (lookAt(path), sftp.linkStat(path)),
    async *list(path) {
      check(sh`ls -la -- ${path}`);
      yield* sftp.list(path);
    },
    open: async (path, mode, permissions) => {
      if (mode === 'read') {
        readPath(path);
        return sftp.open(path, mode);
      }
      check(sh`: > ${path}`);
      if (permissions !== undefined) chmod(path, permissions);
      return sftp.open(path, mode, permissions);
    },
    rename: async (from, to) => (check(sh`mv -f -- ${from} ${to}`), sftp.rename(from, to)),
    setMode: async (path, mode) => (chmod(path, mode), sftp.setMode(path, mode)),
    makeFolder: async (path, permissions) => {
      check(sh`mkdir -- ${path}`);
      if (permissions !== undefined) chmod(path, permissions);
      return sftp.makeFolder(path, permissions);
    },
    remove: async (path) => (check(sh`rm -f -- ${path}`), sftp.remove(path)),
    removeFolder: async (path) => (check(sh`rmdir -- ${path}`), sftp.removeFolder(path)),
  };
}

/** Of any other number a server takes some bits and leaves others, so that it would set another mode than the policy has read. */
function modeOf(given: unknown): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= ALL_BITS) return given;
  throw new ServonautError('tool_failed', {
    message: 'The tool gave a mode that is no whole number from 0 to 0o7777.',
  });
}
