import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { publicJwkSchema, ServonautError, userIdSchema } from '@servonaut/contracts';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { ProfilePaths } from './profile-paths.ts';

const credentialsSchema = z.object({
  url: z.url(),
  token: z.string().min(1),
  user_id: userIdSchema,
  user_name: z.string(),
  /** Label of the token, to tell it apart in the coordinator's list. */
  label: z.string(),
  /** The coordinator's seal keys as seen at login; requests sealed by any other key are refused. */
  pinned_keys: z.array(publicJwkSchema).min(1),
  logged_in_at: z.iso.datetime(),
});
/** What `login` stores. Holds the token: never log or print it whole. */
export type Credentials = z.infer<typeof credentialsSchema>;

export function credentialsFile(paths: ProfilePaths): string {
  return join(paths.configDir, 'credentials.json');
}

/** Replaces the file in one step; only its owner can read it. */
export async function saveCredentials(paths: ProfilePaths, credentials: Credentials): Promise<void> {
  await mkdir(paths.configDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(credentialsFile(paths), `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
}

/**
 * @throws ServonautError `not_logged_in` when there is no file, `config_invalid` when others than its owner can read it or it is not one of ours
 */
export async function loadCredentials(paths: ProfilePaths): Promise<Credentials> {
  const path = credentialsFile(paths);
  const parsed = credentialsSchema.safeParse(parseJson(await readPrivateFile(path, paths.name)));
  if (parsed.success) return parsed.data;
  // Not the parser's words: they could quote the token.
  throw new ServonautError('config_invalid', {
    message: `${path} is damaged.`,
    nextStep: 'Run "servonaut login" again.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Mode and content come from one open file, so that they cannot be of two different ones. */
async function readPrivateFile(path: string, profile: string): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause: error });
    throw new ServonautError('not_logged_in', { message: `The profile "${profile}" is not logged in.` });
  });
  try {
    refuseReadableByOthers(path, (await file.stat()).mode);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function refuseReadableByOthers(path: string, mode: number): void {
  // Windows has no such bits.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new ServonautError('config_invalid', {
    message: `${path} holds a token and can be read by other users.`,
    nextStep: `Run "chmod 600 ${path}"; if others may have read it, revoke the token and log in with a new one.`,
  });
}
