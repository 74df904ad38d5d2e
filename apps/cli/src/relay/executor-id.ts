import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const uuid = z.uuid();

const fileIn = (stateDir: string): string => join(stateDir, 'executor-id');

/** The id under which this profile was registered last, if it still has it: only a name, so a lost or damaged one costs nothing. */
export function storedExecutorId(stateDir: string): string | undefined {
  try {
    return uuid.safeParse(readFileSync(fileIn(stateDir), 'utf8').trim()).data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function storeExecutorId(stateDir: string, executorId: string): Promise<void> {
  await writeFileAtomic(fileIn(stateDir), `${executorId}\n`, { mode: 0o600 });
}
