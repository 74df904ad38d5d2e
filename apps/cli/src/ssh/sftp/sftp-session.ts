import { ServonautError } from '@servonaut/contracts';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import type { Deadline } from '../deadline.ts';
import type { RemoteChannel } from '../links/link.ts';
import { within } from '../side-command.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { RemoteSftp } from './remote-sftp.ts';
import { SftpRequests } from './sftp-requests.ts';

/** How long a server may take to end a session, in milliseconds. */
const CLOSE_MS = 1_000;

/** SFTP on one channel of a connection, from its start until it is closed. */
export class SftpSession {
  readonly sftp: Sftp;
  readonly #connection: SshConnection;
  readonly #requests: SftpRequests;
  readonly #closed: Promise<true>;

  private constructor(connection: SshConnection, channel: RemoteChannel, server: string) {
    const lost = (): ServonautError =>
      new ServonautError('connection_lost', { message: `The SFTP session with ${server} has ended.` });
    this.#connection = connection;
    this.#requests = new SftpRequests(channel, lost);
    this.#closed = new Promise((resolve) => channel.once('close', () => resolve(true)));
    this.sftp = new RemoteSftp(this.#requests);
  }

  /**
   * @param server its name in the inventory, for errors
   * @throws NotRun and what else `SshConnection.start` throws, `connection_lost`, or the reason of the deadline
   */
  static async open(connection: SshConnection, server: string, deadline: Deadline): Promise<SftpSession> {
    const attach = (channel: RemoteChannel): SftpSession => new SftpSession(connection, channel, server);
    const onSent = (): void => undefined;
    const starting = connection.start({ subsystem: 'sftp' }, { attach, onSent }, deadline.signal);
    try {
      const session = await deadline.guard(starting);
      await deadline.guard(session.#requests.greet());
      return session;
    } catch (error) {
      // It may yet come, when nobody waits for it any more.
      void starting.then(
        (late) => late.close(),
        () => undefined,
      );
      throw error;
    }
  }

  /** What is not answered yet fails. */
  async close(): Promise<void> {
    this.#requests.end();
    await within(CLOSE_MS, this.#closed);
    this.#connection.release();
  }
}
