import { connect, type Socket } from 'node:net';
import { ServonautError } from '@servonaut/contracts';
import { fromDeskSchema, onMessages, send, type FromDesk } from './desk-messages.ts';
import type { Activity } from '../relay/relay-activity.ts';
import { checkDeskFolder } from './desk-path.ts';
import type { ApprovalAnswer, ApprovalCounter, ShownApproval } from './shown-approval.ts';

/** The desk of a `connect` that runs in another process. */
export class DeskClient implements ApprovalCounter {
  /** Settles when the other process is there no more. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<string, PromiseWithResolvers<void>>();
  readonly #looks: PromiseWithResolvers<Activity>[] = [];
  #waiting: readonly ShownApproval[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of [...this.#answers.values(), ...this.#looks]) reject(notThere());
        resolve();
      });
    });
  }

  /**
   * @param end closes it
   * @returns when it knows what waits. @throws ServonautError `executor_offline` when no `connect` of this profile runs
   */
  static async open(path: string, end?: AbortSignal): Promise<DeskClient> {
    checkDeskFolder(path);
    const socket = connect(path);
    end?.addEventListener('abort', () => socket.destroy(), { once: true });
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

  /** What the other process is doing. @throws ServonautError `executor_offline` */
  look(): Promise<Activity> {
    if (this.#socket.destroyed) return Promise.reject(notThere());
    const look = Promise.withResolvers<Activity>();
    this.#looks.push(look);
    send(this.#socket, { type: 'look' });
    return look.promise;
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
    if (message.type === 'activity') return this.#looks.shift()?.resolve(message.activity);
    const answered = this.#answers.get(message.hash);
    this.#answers.delete(message.hash);
    if (message.error === undefined) answered?.resolve();
    else answered?.reject(new ServonautError('approval_stale', { message: message.error }));
  }
}

function notThere(cause?: unknown): ServonautError {
  return new ServonautError('executor_offline', {
    message: 'Neither "servonaut connect" nor "servonaut mcp serve" of this profile runs on this machine.',
    nextStep: 'Start it, or name another profile with --profile.',
    cause,
  });
}
