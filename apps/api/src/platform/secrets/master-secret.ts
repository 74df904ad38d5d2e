import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import type { AppConfig } from '../../config/app-config.ts';

const SECRET_BYTES = 32;

/**
 * The 32 bytes that all keys of this coordinator come from: `SERVONAUT_SECRET`, or `secret.key` (0600) in the data folder, made on the
 * first start.
 * @throws ServonautError `config_invalid` when the file is there but is not a secret: a new one would silently lock all executors out.
 */
export async function masterSecret({ secret, dataDir }: Pick<AppConfig, 'secret' | 'dataDir'>): Promise<Uint8Array> {
  if (secret !== null) return Buffer.from(secret, 'base64url');
  const file = path.join(dataDir, 'secret.key');
  const kept = (await readIfThere(file)) ?? (await makeSecret(file));
  const bytes = Buffer.from(kept.trim(), 'base64url');
  if (bytes.length === SECRET_BYTES) return bytes;
  throw new ServonautError('config_invalid', {
    message: `${file} does not hold ${SECRET_BYTES} bytes in base64url.`,
    nextStep:
      'Restore the file from a backup. Removing it makes new keys, and every executor then has to log in again.',
  });
}

/** Written aside and linked into place, so that a crash leaves no half file and a second process takes the first one's secret. */
async function makeSecret(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(aside);
  return readFile(file, 'utf8');
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
