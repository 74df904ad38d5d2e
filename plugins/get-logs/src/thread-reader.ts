import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { ServonautError } from '@servonaut/plugin-sdk';
import type { ReadLog } from './templates/log-reader.ts';

/** More than what ssh deciphers on its one thread can keep busy. */
const MOST_THREADS = Math.min(2, availableParallelism());
/** Batches of one log that are not read yet, beyond which it is held back. */
const MOST_UNREAD = 4;

const EXTENSION = extname(import.meta.url);
const PROGRAM = new URL(`reading-thread${EXTENSION}`, import.meta.url);
/** Those of this process are not for a thread; only what runs from its sources needs to find those of others. */
const OPTIONS = EXTENSION === '.ts' ? ['--conditions=@servonaut/source'] : [];

/** Started when first needed. They end with the process and do not keep it from ending. */
const threads = new Set<ReadingThread>();

class ReadingThread {
  readonly readers = new Set<ThreadReader>();
  readonly #worker = new Worker(PROGRAM, { execArgv: OPTIONS });

  constructor() {
    let cause: unknown;
    this.#worker.once('error', (error) => (cause = error));
    this.#worker.once('exit', () => {
      threads.delete(this);
      const fault = new ServonautError('tool_failed', { message: 'The thread that read the log has ended.', cause });
      for (const reader of this.readers) reader.fail(fault);
    });
    this.#worker.unref();
  }

  connect(port: MessagePort): void {
    this.#worker.postMessage(port, [port]);
  }
}

function leastBusy(): ReadingThread {
  const [found] = [...threads].toSorted((one, other) => one.readers.size - other.readers.size);
  if (found && (found.readers.size === 0 || threads.size >= MOST_THREADS)) return found;
  const started = new ReadingThread();
  threads.add(started);
  return started;
}

/** Has a log read by another thread, so that this one can decipher meanwhile. All of it throws once that thread has ended. */
export class ThreadReader {
  readonly #thread = leastBusy();
  readonly #port: MessagePort;
  readonly #free: ArrayBuffer[] = [];
  #unread = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #read: PromiseWithResolvers<ReadLog> | undefined;
  #fault: ServonautError | undefined;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: ArrayBuffer | ReadLog) => {
      if ('templates' in message) this.#read?.resolve(message);
      else this.#taken(message);
    });
    this.#thread.readers.add(this);
    this.#thread.connect(port2);
  }

  /** Takes the bytes away. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#fault) throw this.#fault;
    this.#unread++;
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  /** A buffer that has been read, to be filled again. */
  free(): ArrayBuffer | undefined {
    return this.#free.pop();
  }

  /** What is to be waited for before more is written; undefined when nothing is. */
  room(): Promise<void> | undefined {
    if (this.#fault) throw this.#fault;
    if (this.#unread < MOST_UNREAD) return undefined;
    return (this.#room ??= Promise.withResolvers()).promise;
  }

  async end(): Promise<ReadLog> {
    if (this.#fault) throw this.#fault;
    this.#read = Promise.withResolvers();
    this.#port.postMessage(null, []);
    return this.#read.promise;
  }

  /** Whether it was read to its end or not: the thread has nothing of it any more. */
  close(): void {
    this.#thread.readers.delete(this);
    this.#port.close();
  }

  fail(fault: ServonautError): void {
    this.#fault = fault;
    this.#room?.reject(fault);
    this.#read?.reject(fault);
  }

  #taken(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#unread--;
    this.#room?.resolve();
    this.#room = undefined;
  }
}
