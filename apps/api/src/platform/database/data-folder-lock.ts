import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ServonautError } from '@servonaut/contracts';

export interface DataFolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process until `release` or its end, however it ends: two processes in one PGlite destroy it, or each other's
 * journal. SQLite is here for its file lock alone, which the system drops with the process; a file with a process id would outlive a crash, and
 * ids repeat, in containers at every start.
 * @param name of the lock: the database and the journal are each used without the other
 * @throws ServonautError `config_invalid` when another coordinator has it.
 */
export async function lockDataFolder(dataDir: string, name = 'coordinator.lock'): Promise<DataFolderLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = path.join(dataDir, name);
  const file = new DatabaseSync(lock);
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    file.close();
    throw new ServonautError('config_invalid', {
      message: `Another coordinator is using the data folder ${dataDir}.`,
      nextStep:
        'Stop it, or give this one another folder with SERVONAUT_DATA_DIR, or both one DATABASE_URL and one REDIS_URL.',
      cause,
    });
  }
  // SQLite leaves the mode to the umask, and whoever can read the file can lock it.
  await chmod(lock, 0o600);
  return { release: () => file.close() };
}
