import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { removePrivateFile, writePrivateFile } from '../session/private-file.ts';

/** Since when, and why, nothing is run. */
export interface Pause {
  /** ISO instant; undefined when the file does not say. */
  readonly since: string | undefined;
  /** In the operator's words, which agents are told. */
  readonly reason: string | undefined;
}

/** Longest reason, in characters. */
const PAUSE_REASON_LENGTH = 300;

const pauseSchema = z.object({
  since: z.iso.datetime(),
  reason: z.string().max(PAUSE_REASON_LENGTH).optional(),
});

/** Longest file that is read, in bytes. */
const MAX_BYTES = 16n * 1024n;

/** A state that cannot be read: nobody knows that it is not a pause. */
const UNREADABLE: Pause = { since: undefined, reason: 'its state cannot be read' };

/** Whether the executors of a profile are paused: a file that is there when they are. What is there and cannot be understood is a pause, too. */
export class PauseFile {
  readonly path: string;
  #stamp = '';
  #read: Pause | undefined;

  constructor(stateDir: string) {
    this.path = join(stateDir, 'paused.json');
  }

  /** As it is at this moment; undefined when not paused. Costs a look at the file's dates, and its content only when these have changed. */
  current(): Pause | undefined {
    try {
      const file = lstatSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (!file) return undefined;
      // Anything but a file, such as a pipe, might never be read to its end.
      if (!file.isFile() || file.size > MAX_BYTES) return UNREADABLE;
      const stamp = [file.ino, file.size, file.mtimeNs, file.ctimeNs].join();
      if (stamp !== this.#stamp || !this.#read) [this.#read, this.#stamp] = [this.#content(), stamp];
      return this.#read;
    } catch {
      return UNREADABLE;
    }
  }

  /**
   * A pause that holds keeps its date.
   * @throws ServonautError `invalid_request` for a reason that is too long, `config_invalid` when it cannot be written
   */
  async pause(reason?: string, now = new Date().toISOString()): Promise<Pause> {
    if (reason !== undefined && reason.length > PAUSE_REASON_LENGTH) {
      throw new ServonautError('invalid_request', {
        message: `The reason is longer than ${PAUSE_REASON_LENGTH} characters.`,
        nextStep: 'Nothing is paused yet: give a shorter one, or none.',
      });
    }
    const since = this.current()?.since ?? now;
    await writePrivateFile(this.path, `${JSON.stringify({ since, reason })}\n`);
    return { since, reason };
  }

  /** @throws ServonautError `config_invalid` when it holds still */
  async resume(): Promise<void> {
    await removePrivateFile(this.path);
  }

  #content(): Pause {
    const { since, reason } = pauseSchema.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    return { since, reason };
  }
}
