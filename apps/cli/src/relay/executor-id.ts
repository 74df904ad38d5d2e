import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const uuid = z.uuid();
const secretText = z.string().regex(/^[\w-]{43}$/);
const SECRET_BYTES = 32;

const idFile = (stateDir: string): string => join(stateDir, 'executor-id');
const secretFile = (stateDir: string): string => join(stateDir, 'executor-secret');

/** The id under which this profile was registered last, if it still has it: only a name, so a lost or damaged one costs nothing. */
export function storedExecutorId(stateDir: string): string | undefined {
  return uuid.safeParse(stored(idFile(stateDir))).data;
}

export async function storeExecutorId(stateDir: string, executorId: string): Promise<void> {
  await store(idFile(stateDir), executorId);
}

/**
 * By which this profile stays the same executor when its token is replaced; made when there is none. A lost or damaged one costs what the executor
 * was asked under an earlier token: the coordinator then takes no results of that.
 */
export async function executorSecret(stateDir: string): Promise<string> {
  const known = secretText.safeParse(stored(secretFile(stateDir))).data;
  if (known !== undefined) return known;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await store(secretFile(stateDir), secret);
  return secret;
}

function stored(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function store(file: string, text: string): Promise<void> {
  await writeFileAtomic(file, `${text}\n`, { mode: 0o600 });
}
