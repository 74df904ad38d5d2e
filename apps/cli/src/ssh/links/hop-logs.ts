import { readFile, rm } from 'node:fs/promises';

/** Most of the end of what ssh(1) says that is looked at, in characters. */
export const KEPT_COMPLAINT = 4_096;

/**
 * Where the ssh(1) that goes to the jump host `hop`, counted from 0, writes what it says. On stderr it could not be told from what the ssh(1) to the
 * server says, and a changed key of a jump host would be taken for one of the server's.
 * @param path of the socket or the file that the connect is for; in a folder of ours alone
 */
export const hopLog = (path: string, hop: number): string => `${path}.${hop}`;

/** Reads them and removes them; what was not written, or is removed, is empty. */
export function takeHopLogs(path: string, hops: number): Promise<string[]> {
  const paths = Array.from({ length: hops }, (_, hop) => hopLog(path, hop));
  return Promise.all(
    paths.map(async (log) => {
      const text = await readFile(log, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      await rm(log, { force: true });
      return text.slice(-KEPT_COMPLAINT);
    }),
  );
}
