import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Activity } from '../relay/relay-activity.ts';
import type { ApprovalDesk } from './approval-desk.ts';
import { onMessages, send, toDeskSchema, type ToDesk } from './desk-messages.ts';
import { checkDeskFolder } from './desk-path.ts';

/** Lets other terminals of the operator see what goes on and what waits, and answer. */
export class DeskServer {
  readonly #desk: ApprovalDesk;
  readonly #activity: () => Activity;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(desk: ApprovalDesk, activity: () => Activity) {
    this.#desk = desk;
    this.#activity = activity;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** @throws ServonautError `config_invalid`, or what the system says when there can be no socket */
  static async listen(desk: ApprovalDesk, path: string, activity: () => Activity): Promise<DeskServer> {
    checkDeskFolder(path);
    if (!(await isAnswered(path))) rmSync(path, { force: true });
    const desks = new DeskServer(desk, activity);
    desks.#server.listen(path);
    await once(desks.#server, 'listening');
    chmodSync(path, 0o600);
    desks.#server.unref();
    return desks;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let leave: (() => void) | undefined;
    // Whoever does not read, as a process that was stopped, gets what waits then, and does not fill our memory with what waited before.
    const show = (): void => {
      if (!socket.writableNeedDrain) send(socket, { type: 'waiting', approvals: [...this.#desk.waiting] });
    };
    socket.on('drain', show);
    const stopShowing = this.#desk.onChange(show);
    // Whoever has gone is told by the close.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      stopShowing();
      leave?.();
      this.#sockets.delete(socket);
    });
    onMessages(socket, toDeskSchema, (message) => {
      if (message.type === 'attend') leave ??= this.#desk.attend();
      else if (message.type === 'look') send(socket, { type: 'activity', activity: this.#activity() });
      else void this.#answer(socket, message);
    });
    show();
  }

  async #answer(socket: Socket, { hash, answer }: Extract<ToDesk, { type: 'answer' }>): Promise<void> {
    try {
      await this.#desk.answer(hash, answer, 'approve');
      send(socket, { type: 'answered', hash });
    } catch (error) {
      send(socket, { type: 'answered', hash, error: (error as Error).message });
    }
  }
}

/** A process that was killed leaves its socket behind; one that lives is left alone, and whoever starts beside it learns that the place is taken. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return isThere;
}
