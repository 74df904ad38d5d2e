import type { Socket } from 'node:net';
import type { SshTarget } from '../../inventory/server.ts';
import { connectTimedOut } from '../ssh-failure.ts';
import { within } from '../side-command.ts';
import type { ControlFolder } from './control-folder.ts';
import { ControlMaster } from './control-master.ts';
import { proxyThrough } from './control-socket.ts';
import { admitFirstHostKeys } from './first-host-keys.ts';
import type { ChannelPurpose, Link, Started } from './link.ts';
import type { KeepAlive } from './openssh-arguments.ts';
import { ProxiedConnection } from './proxied-connection.ts';

/** The operator's own ssh(1) as a control master, and commands over its socket. The master ends with the link, and the link with the master. */
class OpensshLink implements Link {
  readonly #master: ControlMaster;
  readonly #socket: Socket;
  readonly #connection: ProxiedConnection;

  constructor(master: ControlMaster, socket: Socket, connection: ProxiedConnection) {
    this.#master = master;
    this.#socket = socket;
    this.#connection = connection;
    this.onClose(() => {
      master.end();
      // After whoever else listens knows that it is gone.
      queueMicrotask(() => connection.lost());
    });
  }

  get received(): number {
    return this.#socket.bytesRead;
  }

  exec(purpose: ChannelPurpose, started: Started): void {
    this.#connection.exec(purpose, started);
  }

  end(): void {
    this.#master.end();
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener);
  }
}

/**
 * @param closing ends what has been begun when it aborts
 * @throws ServonautError `host_key_unknown`, `host_key_changed`, `ssh_auth_failed`, `server_unreachable`, `connect_timeout`, `config_invalid`, or
 * `ssh_config_unsupported` where there is no ssh(1)
 */
export async function openOpensshLink(
  name: string,
  target: SshTarget,
  times: KeepAlive,
  folder: ControlFolder,
  closing: AbortSignal,
): Promise<Link> {
  await admitFirstHostKeys(name, target, { times, folder, closing });
  const path = await folder.newSocket();
  const master = new ControlMaster(name, target, path, times);
  const end = () => master.end();
  closing.addEventListener('abort', end);
  if (closing.aborted) end();
  try {
    const socket = await master.connect(closing);
    const connection = new ProxiedConnection(socket, target);
    const proxied = proxyThrough(socket, (message) => connection.message(message)).then(() => true);
    if (!(await within(times.connectTimeoutMs, proxied))) throw connectTimedOut(name, times.connectTimeoutMs);
    return new OpensshLink(master, socket, connection);
  } catch (error) {
    master.end();
    throw error;
  } finally {
    closing.removeEventListener('abort', end);
  }
}
