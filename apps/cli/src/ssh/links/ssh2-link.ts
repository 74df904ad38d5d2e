import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import {
  ChannelRefused,
  CommandNotSent,
  type ChannelPurpose,
  type Link,
  type Started,
  type Variables,
} from './link.ts';

/** How long a server may take to close a connection that we end, in milliseconds. */
const CLOSE_MS = 1_000;

/** What ssh2 answers when the connection is gone after a command was sent and before the server has confirmed it. */
const UNCONFIRMED = 'Unable to exec';

function startFailure(error: Error & { reason?: unknown }, isOpen: boolean, isGone: boolean): Error {
  if (error.reason !== undefined) return new ChannelRefused(error.message);
  return isGone && !isOpen && error.message !== UNCONFIRMED ? new CommandNotSent(error.message) : error;
}

/** A connection of ssh2, whose channels are used as they are. */
export class Ssh2Link implements Link {
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #variables: Variables;
  #received = 0;
  #isGone = false;

  /** @param client is ready @param socket is what it speaks over @param variables of each command */
  constructor(client: Client, socket: Duplex, variables: Variables = {}) {
    this.#client = client;
    this.#socket = socket;
    this.#variables = variables;
    socket.on('data', (chunk: Buffer) => (this.#received += chunk.length));
    // An error is followed by the close, which is what counts.
    client.on('error', () => this.destroy());
    client.once('close', () => (this.#isGone = true));
  }

  get received(): number {
    return this.#received;
  }

  exec(purpose: ChannelPurpose, started: Started): void {
    if (typeof purpose === 'string') this.#command(purpose, started);
    else this.#subsystem(purpose.subsystem, started);
  }

  #command(command: string, started: Started): void {
    let isOpen = false;
    const variables = this.#variables;
    const options = {
      // Asked for when the server has opened the channel, right before the command is sent: the one sign of it that ssh2 gives.
      get env(): Variables {
        isOpen = true;
        return variables;
      },
    };
    try {
      this.#client.exec(command, options, (error, channel) => {
        started(error ? startFailure(error, isOpen, this.#isGone) : channel);
      });
    } catch (error) {
      // Thrown for a socket that is closed already.
      started(new CommandNotSent((error as Error).message));
    }
  }

  /** Until it is there nothing has run, so that it may be asked for again. */
  #subsystem(name: string, started: Started): void {
    try {
      this.#client.subsys(name, (error, channel) => {
        started(error ? startFailure(error, false, this.#isGone) : channel);
      });
    } catch (error) {
      // Thrown for a socket that is closed already.
      started(new CommandNotSent((error as Error).message));
    }
  }

  /** Has the server connect to another machine, as `ssh -W` does. `opened` is called once. */
  forward(host: string, port: number, opened: (result: ClientChannel | Error) => void): void {
    try {
      this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => opened(error ?? channel));
    } catch (error) {
      // Thrown for a socket that is closed already.
      opened(error as Error);
    }
  }

  end(): void {
    this.#client.end();
    // Where nobody listens any more, nobody closes either.
    const timer = setTimeout(() => this.destroy(), CLOSE_MS).unref();
    this.onClose(() => clearTimeout(timer));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onClose(listener: () => void): void {
    this.#client.once('close', listener);
  }
}
