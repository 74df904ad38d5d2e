import { join } from 'node:path';
import { publicJwkSchema, ServonautError, userIdSchema } from '@servonaut/contracts';
import { z } from 'zod';
import { loginCommand } from './login-command.ts';
import { readPrivateFile, removePrivateFile, writePrivateFile, type OthersMay } from './private-file.ts';
import type { ProfilePaths } from './profile-paths.ts';
import { TOKEN_PLACES } from './token-store.ts';

const whoSchema = z.object({
  url: z.url(),
  user_id: userIdSchema,
  user_name: z.string(),
  /** Label of the token, to tell it apart in the coordinator's list. */
  label: z.string(),
  /** The coordinator's seal keys as seen at login; requests sealed by any other key are refused. */
  pinned_keys: z.array(publicJwkSchema).min(1),
  logged_in_at: z.iso.datetime(),
});

const credentialsSchema = z.union([
  whoSchema.extend({ token: z.string().min(1) }),
  whoSchema.extend({
    /** Somebody signed in: which time that was, where its tokens are, and when it ends however much it is used, if the coordinator says so. */
    sign_in: z.object({ session: z.uuid(), tokens_in: z.enum(TOKEN_PLACES), until: z.iso.datetime().optional() }),
  }),
]);
/** What `login` stores: a token that was given, or where those of a sign-in are. Never log or print it whole. */
export type Credentials = z.infer<typeof credentialsSchema>;
/** Credentials of somebody who signed in. */
export type SignedInCredentials = Extract<Credentials, { sign_in: unknown }>;

export function credentialsFile(paths: ProfilePaths): string {
  return join(paths.configDir, 'credentials.json');
}

/** Replaces the file in one step; only its owner can read it. */
export async function saveCredentials(paths: ProfilePaths, credentials: Credentials): Promise<void> {
  await writePrivateFile(credentialsFile(paths), `${JSON.stringify(credentials, null, 2)}\n`);
}

/**
 * @throws ServonautError `not_logged_in` when there is no file, `config_invalid` when others than its owner can read it or it is not one of ours
 */
export async function loadCredentials(paths: ProfilePaths): Promise<Credentials> {
  const credentials = await readCredentials(paths, 'nothing');
  if (credentials) return credentials;
  throw notLoggedIn(paths);
}

export function notLoggedIn(profile: Pick<ProfilePaths, 'name'>): ServonautError {
  return new ServonautError('not_logged_in', {
    message: `The profile "${profile.name}" is not logged in.`,
    nextStep: `Run ${loginCommand(profile, 'URL')}.`,
  });
}

/**
 * Those of a login that is to end, also when others can read them: the more reason to end it. Undefined when there are none.
 * @throws ServonautError `config_invalid` when they are damaged, or others could have put their own coordinator there
 */
export function credentialsToEnd(paths: ProfilePaths): Promise<Credentials | undefined> {
  return readCredentials(paths, 'read');
}

async function readCredentials(paths: ProfilePaths, othersMay: OthersMay): Promise<Credentials | undefined> {
  const path = credentialsFile(paths);
  const text = await readPrivateFile(path, othersMay);
  if (text === undefined) return undefined;
  const parsed = credentialsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  // Not the parser's words: they could quote the token.
  throw new ServonautError('config_invalid', {
    message: `${path} is damaged.`,
    nextStep: `Run ${loginCommand(paths, 'URL')}.`,
  });
}

/** The profile is not logged in from here on. */
export async function removeCredentials(paths: ProfilePaths): Promise<void> {
  await removePrivateFile(credentialsFile(paths));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
