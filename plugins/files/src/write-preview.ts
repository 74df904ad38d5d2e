import { ServonautError, type Preview, type PreviewContext } from '@servonaut/plugin-sdk';
import { isMostlyInvalid } from '@servonaut/plugin-sdk/plain-output';
import { LARGEST_WHOLE } from './file-digest.ts';
import { readWindow, type FileWindow } from './file-window.ts';
import { CHANGED, EXISTS, NO_FOLDER, NOT_THERE, PathFault, TOO_LARGE, UNREADABLE } from './path-faults.ts';
import { ABSENT, type FileWrite } from './write-script.ts';

/** Bytes of a file that is compared; a larger one is described. */
const LARGEST_COMPARED = 262_144;
/** Lines that come and go, beyond which looking for the shortest difference takes too long. */
const MOST_CHANGES = 2_000;
const LINES_AROUND = 3;

export interface AskedWrite extends Pick<FileWrite, 'path' | 'mode' | 'permissions' | 'ifDigest'> {
  readonly content: string;
  readonly sudo: boolean;
}

/**
 * The difference that a write would make.
 * @returns `basis`: the digest of what was compared, `ABSENT`, or none where only root can see it
 * @throws ServonautError what the write would throw, as far as it can be told
 */
export async function previewOf(write: AskedWrite, context: PreviewContext): Promise<Preview> {
  const now = await fileNow(write, context);
  if (now === 'hidden') return { text: `What ${write.path} is now, only root may see.` };
  const basis = now && digestOf(now, write.path, context.server.name);
  if (write.mode === 'create' && now) throw new PathFault(EXISTS, write.path, context.server.name);
  if (write.ifDigest !== undefined && write.ifDigest !== basis)
    throw new PathFault(CHANGED, write.path, context.server.name);
  return { text: await changes(write, now), basis: basis ?? ABSENT };
}

/** Undefined where there is nothing. */
async function fileNow(
  { path, sudo }: AskedWrite,
  context: PreviewContext,
): Promise<FileWindow | 'hidden' | undefined> {
  try {
    return await readWindow(
      { path, fromLine: 1, lines: undefined, mostBytes: LARGEST_COMPARED, refusesLinks: true },
      context,
    );
  } catch (error) {
    const code = error instanceof PathFault ? error.exitCode : undefined;
    if (code === NOT_THERE) return undefined;
    if (sudo && (code === UNREADABLE || code === NO_FOLDER)) return 'hidden';
    throw error;
  }
}

function digestOf({ digest, facts }: FileWindow, path: string, server: string): string {
  if (digest !== undefined) return digest;
  if (facts.size > LARGEST_WHOLE) throw new PathFault(TOO_LARGE, path, server);
  throw new ServonautError('tool_failed', {
    message: `${server} has no program for SHA-256, so it could not be told whether ${path} is still what was shown.`,
  });
}

async function changes(write: AskedWrite, now: FileWindow | undefined): Promise<string> {
  const { permissions } = write;
  const mode = permissions?.padStart(4, '0');
  const isChanged = mode !== undefined && now && mode !== now.facts.mode;
  const lines = [
    ...(now ? [] : ['A new file.']),
    ...(isChanged ? [`Permissions ${mode} in place of ${now.facts.mode}.`] : []),
    await difference(write, now),
  ];
  return lines.join('\n');
}

async function difference({ path, mode, content }: AskedWrite, now: FileWindow | undefined): Promise<string> {
  const before = now?.bytes.toString('utf8') ?? '';
  if (now && (now.isCut || now.bytes.includes(0) || isMostlyInvalid(before)))
    return `What is there now (${now.facts.size} bytes) is ${now.isCut ? 'too long' : 'binary, which is nothing'} to be compared.`;
  const after = mode === 'append' ? before + content : content;
  if (before === after) return 'The content is that already.';
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const options = { context: LINES_AROUND, maxEditLength: MOST_CHANGES, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(now ? path : '/dev/null', path, before, after, undefined, undefined, options);
  return patch?.trimEnd() ?? `More than ${MOST_CHANGES} lines of ${now?.facts.size ?? 0} bytes would be others.`;
}
