import { ServonautError } from '@servonaut/contracts';
import type { Server, SshTarget } from '../inventory/server.ts';
import { inTime } from './deadline.ts';
import { ControlFolder } from './links/control-folder.ts';
import { jumpHostsOf, openLink, openTimeoutMs } from './links/open-link.ts';
import { askLoginShell } from './login-shell.ts';
import type { JumpHosts } from './route/jump-hosts.ts';
import { SshConnection } from './ssh-connection.ts';
import { connectionsClosed, connectTimedOut, NotRun } from './ssh-failure.ts';
import type { SshSettings } from './ssh-settings.ts';
import { UnlockedKeys } from './unlocked-keys.ts';
import { WarmConnection } from './warm-connection.ts';

/**
 * One warm connection per server, for as long as the server stays where it is: the first call connects, those that come meanwhile wait for
 * the same one.
 */
export class SshPool {
  readonly #settings: SshSettings;
  /** In the order of last use. */
  readonly #connections = new Map<string, WarmConnection>();
  readonly #connecting = new Map<string, Promise<SshConnection>>();
  readonly #jumpHosts: JumpHosts;
  readonly #controlFolder: ControlFolder;
  readonly #keys: UnlockedKeys;
  readonly #closing = new AbortController();

  /**
   * @param controlDir where the sockets of control masters are, if a path that is fit for them
   * @param keys private keys that are of use although their files are encrypted
   */
  constructor(settings: SshSettings, controlDir?: string, keys = new UnlockedKeys()) {
    this.#settings = settings;
    this.#keys = keys;
    this.#controlFolder = new ControlFolder(controlDir);
    this.#jumpHosts = jumpHostsOf(settings, keys, () => this.#makeRoom());
  }

  /** Connections that are open or being opened, those to jump hosts included. */
  get size(): number {
    return this.#connections.size + this.#connecting.size + this.#jumpHosts.size;
  }

  /** The warm connection of a server, if it has one that is known to lead to the right machine. */
  warm(server: Server): SshConnection | undefined {
    const warm = this.#connections.get(server.name);
    if (!warm?.isFresh) return undefined;
    this.#connections.delete(server.name);
    this.#connections.set(server.name, warm);
    return warm.connection;
  }

  /**
   * The connection that there is when it still leads to the right machine. Otherwise connects, or joins a connect that is under way.
   * @throws ServonautError as `openLink` and `Server.target`, `ssh_config_unsupported`, or `too_many_requests` when all connections are in use
   */
  connect(server: Server): Promise<SshConnection> {
    const warm = this.#connections.get(server.name);
    if (warm) return this.#checked(warm, server);
    const underWay = this.#connecting.get(server.name);
    if (underWay) return underWay;
    const connecting = this.#connect(server).finally(() => this.#connecting.delete(server.name));
    this.#connecting.set(server.name, connecting);
    return connecting;
  }

  close(): void {
    this.#closing.abort(connectionsClosed());
    for (const { connection } of this.#connections.values()) connection.close();
    this.#jumpHosts.close();
    this.#controlFolder.close();
  }

  async #checked(warm: WarmConnection, server: Server): Promise<SshConnection> {
    if ((await warm.isCurrent()) && warm.connection.isUsable) return this.warm(server) ?? warm.connection;
    warm.connection.retire();
    return this.connect(server);
  }

  async #connect(server: Server): Promise<SshConnection> {
    this.#makeRoom();
    const resolvedAt = performance.now();
    const target = await this.#targetOf(server);
    const timeoutMs = openTimeoutMs(target, this.#settings);
    return this.#inTime(server, timeoutMs, (signal) => this.#open(server, target, resolvedAt, signal));
  }

  /** @param isWarm as for `Server.target` */
  #targetOf(server: Server, isWarm = false): Promise<SshTarget> {
    return this.#inTime(server, this.#settings.ssh_open_timeout_ms, () => server.target(isWarm));
  }

  /** Whatever a connect waits for, a disk that does not answer too, other calls are to have a connect of their own after some time. */
  #inTime<Value>(server: Server, timeoutMs: number, run: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return inTime(timeoutMs, this.#closing.signal, () => connectTimedOut(server.name, timeoutMs), run);
  }

  async #open(server: Server, target: SshTarget, resolvedAt: number, signal: AbortSignal): Promise<SshConnection> {
    const link = await openLink(server.name, target, {
      settings: this.#settings,
      jumpHosts: this.#jumpHosts,
      controlFolder: this.#controlFolder,
      signal,
      keys: this.#keys,
    });
    const connection = new SshConnection(server.name, target, link, this.#settings, () =>
      this.#forget(server, connection),
    );
    signal.addEventListener('abort', () => connection.close());
    connection.loginShell = await askLoginShell(connection, this.#settings.ssh_channel_timeout_ms);
    if (!connection.isUsable) throw new NotRun(server.name);
    if (signal.aborted) connection.close();
    else
      this.#connections.set(
        server.name,
        new WarmConnection(
          connection,
          () => this.#targetOf(server, true),
          target,
          resolvedAt,
          this.#settings.ssh_target_check_ms,
        ),
      );
    return connection;
  }

  #forget(server: Server, connection: SshConnection): void {
    if (this.#connections.get(server.name)?.connection === connection) this.#connections.delete(server.name);
  }

  #makeRoom(): void {
    if (this.size < this.#settings.ssh_max_connections) return;
    const idle = [...this.#connections.values()].find(({ connection }) => connection.isIdle);
    if (!idle) {
      if (this.#jumpHosts.leaveIdle()) return;
      throw new ServonautError('too_many_requests', {
        message: `All ${this.#settings.ssh_max_connections} SSH connections are in use.`,
      });
    }
    idle.connection.retire();
  }
}
