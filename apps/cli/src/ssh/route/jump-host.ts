import type { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import type { Client } from 'ssh2';
import { connectTimedOut } from '../ssh-failure.ts';
import { joinWrites } from './joined-writes.ts';

/** Where a jump host is to connect to, and for whom. */
export interface Forward {
  /** Inventory name of the server at the end of the way, for errors. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Milliseconds that the jump host may take. */
  readonly timeoutMs: number;
}

/** The jump host has gone before it was asked; another connection to it may do. */
export class JumpHostGone extends Error {}

function refused({ name }: Forward, error: Error): ServonautError {
  return new ServonautError('server_unreachable', {
    message: `${name} could not be reached: its jump host could not connect to it.`,
    detail: error.message,
    cause: error,
  });
}

/** A connection to a jump host, shared by all servers behind it, which closes when there has been none for a while. */
export class JumpHost {
  readonly #client: Client;
  readonly #idleTimer: NodeJS.Timeout;
  #forwards = 0;
  #isGone = false;

  /** @param client is ready @param onGone called once when nothing more can be asked of it */
  constructor(client: Client, idleMs: number, onGone: () => void) {
    this.#client = client;
    this.#idleTimer = setTimeout(() => this.isIdle && this.close(), idleMs).unref();
    // An error is followed by the close, which is what counts.
    client.on('error', () => client.end());
    client.once('close', () => {
      this.#isGone = true;
      clearTimeout(this.#idleTimer);
      onGone();
    });
  }

  get isIdle(): boolean {
    return this.#forwards === 0;
  }

  close(): void {
    this.#client.end();
  }

  /**
   * The stream of a connection that the jump host makes. It ends when the jump host does.
   * @throws JumpHostGone, or ServonautError `server_unreachable` or `connect_timeout`
   */
  forward(to: Forward): Promise<Duplex> {
    if (this.#isGone) return Promise.reject(new JumpHostGone());
    this.#forwards++;
    return this.#open(to).then(
      (stream) => {
        stream.once('close', () => this.#release());
        return joinWrites(stream);
      },
      (error: unknown) => {
        this.#release();
        throw error;
      },
    );
  }

  #open(to: Forward): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(connectTimedOut(to.name, to.timeoutMs));
      }, to.timeoutMs);
      this.#client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, stream) => {
        clearTimeout(timer);
        if (isLate) stream?.destroy();
        else if (!error) resolve(stream);
        else reject(this.#isGone ? new JumpHostGone() : refused(to, error));
      });
    });
  }

  #release(): void {
    this.#forwards--;
    if (this.isIdle) this.#idleTimer.refresh();
  }
}
