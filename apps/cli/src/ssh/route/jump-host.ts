import type { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import type { ClientChannel } from 'ssh2';
import type { Ssh2Link } from '../links/ssh2-link.ts';
import { connectTimedOut } from '../ssh-failure.ts';
import { RouteStream } from './route-stream.ts';

/** Where a jump host is to connect to, and for whom. */
export interface Forward {
  /** Inventory name of the server at the end of the way, for errors. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Milliseconds that the jump host may take. */
  readonly timeoutMs: number;
}

/** The jump host had gone before it was asked; another connection to it may do. */
export class JumpHostGone extends Error {}

function refused({ name }: Forward, error: Error): ServonautError {
  return new ServonautError('server_unreachable', {
    message: `${name} could not be reached: its jump host could not connect to it.`,
    detail: error.message,
    cause: error,
  });
}

function forwardStream(channel: ClientChannel): RouteStream {
  const stream = new RouteStream({ readable: channel, writable: channel, onDestroy: () => channel.close() });
  channel.once('close', () => stream.destroy());
  return stream;
}

/** A connection to a jump host, shared by all servers behind it. */
export class JumpHost {
  readonly #link: Ssh2Link;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #onUnusable: () => void;
  #forwards = 0;
  #isGone = false;
  #isRetired = false;

  /**
   * @param idleMs after which it is left when it leads nowhere any more
   * @param onUnusable called when nothing new may be asked of it
   */
  constructor(link: Ssh2Link, idleMs: number, onUnusable: () => void) {
    this.#link = link;
    this.#onUnusable = onUnusable;
    this.#idleTimer = setTimeout(() => this.isIdle && this.retire(), idleMs).unref();
    link.onClose(() => {
      this.#isGone = true;
      clearTimeout(this.#idleTimer);
      this.retire();
    });
  }

  get isIdle(): boolean {
    return this.#forwards === 0;
  }

  /** Calls `listener` when the connection is gone. */
  onClose(listener: () => void): void {
    this.#link.onClose(listener);
  }

  close(): void {
    this.#link.end();
  }

  /** Is asked for nothing new; left when the last way over it has ended. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#onUnusable();
    if (this.isIdle) this.close();
  }

  /**
   * The stream of a connection that the jump host makes. It ends when the jump host does. One that does not answer in time may be waiting for
   * the server or be dead itself, and is not asked again.
   * @throws JumpHostGone, or ServonautError `server_unreachable` or `connect_timeout`
   */
  async forward(to: Forward): Promise<Duplex> {
    this.#forwards++;
    try {
      const stream = await this.#open(to);
      stream.once('close', () => this.#release());
      return stream;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #open(to: Forward): Promise<RouteStream> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.retire();
        reject(connectTimedOut(to.name, to.timeoutMs));
      }, to.timeoutMs);
      this.#link.forward(to.host, to.port, (result) => {
        clearTimeout(timer);
        if (result instanceof Error) reject(this.#isGone ? new JumpHostGone() : refused(to, result));
        else if (isLate) result.close();
        else resolve(forwardStream(result));
      });
    });
  }

  #release(): void {
    this.#forwards--;
    if (!this.isIdle) return;
    if (this.#isRetired) this.close();
    else this.#idleTimer.refresh();
  }
}
