import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { requestIdSchema, ServonautError } from '@servonaut/contracts';
import type { KeptOutput } from '@servonaut/plugin-sdk';
import type { OutputStream } from '../ssh/output-keeping.ts';
import type { KeptFolder } from './kept-folder.ts';
import { keptRecordSchema, mayRead, type KeptRecord, type OutputCaller } from './kept-record.ts';

/** Most bytes that are read at a time. */
const MOST_READ = 1024 * 1024;

export interface ReadRange {
  readonly offset: number;
  readonly length: number;
}

/** Reads kept outputs for those whose requests they are of. */
export class OutputReader {
  readonly #folder: KeptFolder;
  readonly #mostAgeMs: number;
  readonly #now: () => number;

  constructor(folder: KeptFolder, mostAgeMs: number, now: () => number) {
    this.#folder = folder;
    this.#mostAgeMs = mostAgeMs;
    this.#now = now;
  }

  /** @throws ServonautError `not_found`, in the same words whether nothing is kept or it is somebody else's */
  async read(caller: OutputCaller, requestId: string, stream: OutputStream, range: ReadRange): Promise<KeptOutput> {
    // The id becomes part of a path.
    if (!requestIdSchema.safeParse(requestId).success) throw this.#nothing(requestId, stream);
    const record = await this.#record(requestId);
    if (!record || !mayRead(record, caller)) throw this.#nothing(requestId, stream);
    const path = this.#folder.path(requestId, stream);
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(unlessGone);
    if (!file) throw this.#nothing(requestId, stream);
    try {
      return { ...(await readPart(file, range)), writtenBytes: record.written?.[stream] };
    } finally {
      await file.close();
    }
  }

  async #record(requestId: string): Promise<KeptRecord | undefined> {
    const text = await readFile(this.#folder.path(requestId, 'json'), 'utf8').catch(unlessGone);
    const record = text === undefined ? undefined : parsed(text);
    return record && record.at >= this.#now() - this.#mostAgeMs ? record : undefined;
  }

  #nothing(requestId: string, stream: OutputStream): ServonautError {
    const hours = this.#mostAgeMs / 3_600_000;
    return new ServonautError('not_found', {
      message: `Nothing is kept here of the ${stream} of request ${requestId}. Only long output is, for ${hours} h at most, and for whoever made the request.`,
      nextStep:
        'What is short stands in the answer, which get_request shows again. Otherwise run the command again, into a file on the server.',
    });
  }
}

async function readPart(file: FileHandle, range: ReadRange): Promise<Pick<KeptOutput, 'bytes' | 'keptBytes'>> {
  const { size: keptBytes } = await file.stat();
  const length = Math.min(range.length, MOST_READ, Math.max(0, keptBytes - range.offset));
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: range.offset });
  return { bytes: buffer.subarray(0, bytesRead), keptBytes };
}

/** Undefined for one that was cut off by a kill. */
function parsed(text: string): KeptRecord | undefined {
  try {
    return keptRecordSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
