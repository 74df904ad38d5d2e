import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Settings } from '../../session/settings.ts';
import { failure, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const MIB = 1_024 * 1_024;

type Limits = Pick<Settings, 'result_spool_mib' | 'output_keep_mib'>;

/** The free bytes of the disk that has the folder, or will have it. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

/** Whether what the settings allow to be kept would find room. */
export function spaceSeen(bytes: number, settings: Limits): Seen {
  const spool = settings.result_spool_mib.value;
  const outputs = settings.output_keep_mib.value;
  const free = Math.floor(bytes / MIB);
  const what = `${free} MiB are free where the state of the profile is.`;
  const room = 'Make room there, or move it (SERVONAUT_STATE_DIR)';
  if (free < spool)
    return failure(
      `${what} Results that wait may need ${spool} (result_spool_mib).`,
      `${room}: without a journal nothing is run.`,
    );
  if (free < spool + outputs)
    return warning(`${what} Results and outputs may need ${spool + outputs}.`, `${room}, or lower output_keep_mib.`);
  return ok(what);
}

export async function diskCheck({ session }: Patient): Promise<Seen[]> {
  return [spaceSeen(await freeBytes(session.paths.stateDir), session.settings)];
}
