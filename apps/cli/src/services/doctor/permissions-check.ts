import { access, stat } from 'node:fs/promises';
import { constants, type Stats } from 'node:fs';
import { join } from 'node:path';
import { journalPath } from '../../journal/journal-file.ts';
import { credentialsFile } from '../../session/credentials.ts';
import { tokensFile } from '../../session/file-token-store.ts';
import { settingsFile } from '../../session/settings.ts';
import { failure, ok, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';
import { shortPath } from './short-path.ts';

/** What others than the owner may not do. */
const RULES = {
  /** Whoever can write it decides what is run, or has our files replaced. */
  ours: { forbidden: 0o022, can: 'change', chmod: 'go-w' },
  secret: { forbidden: 0o077, can: 'read or change', chmod: 'go-rwx' },
} as const;

interface Guarded {
  readonly path: string;
  readonly rule: (typeof RULES)[keyof typeof RULES];
}

function guarded({ session: { paths, environment } }: Patient): Guarded[] {
  const { configDir, stateDir } = paths;
  const of = (rule: keyof typeof RULES) => (path: string) => ({ path, rule: RULES[rule] });
  return [
    ...[environment.configDir, environment.stateDir, configDir, stateDir].map(of('ours')),
    ...[settingsFile(environment), join(configDir, 'servers.yaml'), join(configDir, 'policy.yaml')].map(of('ours')),
    ...[credentialsFile(paths), tokensFile(paths), join(stateDir, 'executor-secret'), journalPath(stateDir)].map(
      of('secret'),
    ),
    ...['output', 'inventory', 'audit'].map((name) => of('secret')(join(stateDir, name))),
  ];
}

const NOT_SEEN = ['ENOENT', 'EACCES'];

/** Undefined when it is not there, or in a folder that is not ours to look into, of which that is told. */
async function fileAt(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (NOT_SEEN.includes(String(error.code))) return undefined;
    throw error;
  });
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Root can change everything anyway. */
const isOwn = ({ uid }: Stats): boolean => uid === 0 || uid === process.getuid?.();

async function seenOf({ path, rule }: Guarded): Promise<Seen[]> {
  const file = await fileAt(path);
  if (!file) return [];
  const shown = shortPath(path);
  const about = { subject: shown };
  if (!isOwn(file))
    return [failure('It belongs to another user.', `Run "chown -R $USER ${shown}", once you know why.`, about)];
  if (file.isDirectory() && !(await isWritable(path)))
    return [failure('You cannot write it.', 'Make it yours, or its disk writable: without it nothing is run.', about)];
  if ((file.mode & rule.forbidden) === 0) return [];
  return [failure(`Other users of this machine can ${rule.can} it.`, `Run "chmod ${rule.chmod} ${shown}".`, about)];
}

/** That nobody else decides what is run, or reads what is secret. */
export async function permissionsCheck(patient: Patient): Promise<Seen[]> {
  // Windows has no such bits.
  if (process.platform === 'win32') return [ok('Not checked on Windows.')];
  const seen = (await Promise.all(guarded(patient).map(seenOf))).flat();
  return seen.length > 0 ? seen : [ok('Folders and secret files are yours alone.')];
}
