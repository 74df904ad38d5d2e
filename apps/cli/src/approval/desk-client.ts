import { connect, type Socket } from 'node:net';
import { ServonautError } from '@servonaut/contracts';
import { fromDeskSchema, onMessages, send, type FromDesk } from './desk-messages.ts';
import { checkDeskFolder } from './desk-path.ts';
import type { ApprovalAnswer, ApprovalCounter, ShownApproval } from './shown-approval.ts';

/** The desk of a `connect` that runs in another process. */
export class DeskClient implements ApprovalCounter {
  /** Settles when the other process is there no more. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<string, PromiseWithResolvers<void>>();
  #waiting: readonly ShownApproval[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#answers.values()) reject(notThere());
        resolve();
      });
    });
  }

  /** @returns when it knows what waits. @throws ServonautError `executor_offline` when no `connect` of this profile runs */
  static async open(path: string): Promise<DeskClient> {
    checkDeskFolder(path);
    const socket = connect(path);
    const client = new DeskClient(socket);
    await new Promise<void>((resolve, reject) => {
      // After it is open, the close tells all there is to know.
      socket.on('error', (cause) => reject(notThere(cause)));
      void client.closed.then(() => reject(notThere()));
      onMessages(socket, fromDeskSchema, (message) => {
        client.#take(message);
        resolve();
      });
    });
    return client;
  }

  /** Somebody looks as long as this is open. */
  attend(): void {
    send(this.#socket, { type: 'attend' });
  }

  get waiting(): readonly ShownApproval[] {
    return this.#waiting;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  answer(hash: string, answer: ApprovalAnswer): Promise<void> {
    if (this.#socket.destroyed) return Promise.reject(notThere());
    const answered = Promise.withResolvers<void>();
    this.#answers.set(hash, answered);
    send(this.#socket, { type: 'answer', hash, answer });
    return answered.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(message: FromDesk): void {
    if (message.type === 'waiting') {
      this.#waiting = message.approvals;
      for (const listener of this.#listeners) listener();
      return;
    }
    const answered = this.#answers.get(message.hash);
    this.#answers.delete(message.hash);
    if (message.error === undefined) answered?.resolve();
    else answered?.reject(new ServonautError('approval_stale', { message: message.error }));
  }
}

function notThere(cause?: unknown): ServonautError {
  return new ServonautError('executor_offline', {
    message: 'No "servonaut connect" of this profile runs on this machine.',
    nextStep: 'Start it, or name another profile with --profile.',
    cause,
  });
}
