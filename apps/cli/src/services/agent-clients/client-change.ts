import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import writeFileAtomic from 'write-file-atomic';
import { Redactor } from '../../redaction/redactor.ts';
import type { AgentClient, EntryFields } from './agent-client.ts';
import { editedText } from './client-document.ts';
import { changeText } from './text-change.ts';

const NOTHING_BESIDES = { highEntropy: false, patterns: [] };

/** What is to become of the file of a client. */
export interface ClientChange {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string;
  /** For the operator, without secrets; empty where nothing changes. */
  readonly shown: string;
}

/** @param fields undefined to take the entry out. @throws ServonautError `config_invalid` for a file that cannot be read, or edited safely */
export async function planChange(client: AgentClient, name: string, fields?: EntryFields): Promise<ClientChange> {
  const { file } = client;
  const before = await textOf(file);
  const after = before === undefined && !fields ? '' : editedText(client, before ?? '', name, fields);
  // What stands beside it may be the token of another server.
  const { text: shown } = new Redactor(() => NOTHING_BESIDES).redact(changeText(file, before ?? '', after));
  return { file, before, after, shown };
}

/**
 * Writes what was shown, in one step. Where the file is a link to another, that is written.
 * @returns where what it was is kept; undefined when there was none
 * @throws ServonautError `conflict` when the file is no longer what was shown, `config_invalid`
 */
export async function makeChange(
  { file, before, after }: ClientChange,
  now: () => Date = () => new Date(),
): Promise<string | undefined> {
  try {
    const place = before === undefined ? file : await realpath(file);
    const kept = before === undefined ? undefined : await keepCopy(place, now());
    if (before === undefined) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if ((await textOf(file)) !== before) throw changedMeanwhile(file);
    const mode = before === undefined ? 0o600 : (await stat(place)).mode & 0o7777;
    await writeFileAtomic(place, after, { mode });
    return kept;
  } catch (cause) {
    if (cause instanceof ServonautError) throw cause;
    throw fault(file, 'cannot be written', cause);
  }
}

/** Beside it, of the same mode. */
async function keepCopy(place: string, now: Date): Promise<string> {
  const copy = `${place}.${now.toISOString().replace(/[-:.]/g, '')}.bak`;
  await copyFile(place, copy, constants.COPYFILE_EXCL);
  return copy;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause) && !(await lstat(file).catch(unlessMissing))) return undefined;
    throw fault(file, 'cannot be read', cause);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function changedMeanwhile(file: string): ServonautError {
  return new ServonautError('conflict', {
    message: `${file} has changed since it was shown to you.`,
    nextStep: 'Try again; close the client if it goes on writing it.',
  });
}

function fault(file: string, what: string, cause: unknown): ServonautError {
  return new ServonautError('config_invalid', {
    message: `${file} ${what}: ${(cause as Error).message}.`,
    nextStep: 'Make it yours to read and write, and its folder.',
    cause,
  });
}
