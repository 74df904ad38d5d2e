import type { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import ssh2, { type Algorithms, type AnyAuthMethod, type AuthHandlerMiddleware } from 'ssh2';
import type { SshTarget } from '../inventory/server.ts';
import { Ssh2Link } from './links/ssh2-link.ts';
import { completeSignatures } from './complete-signatures.ts';
import { legacyAlgorithms } from './legacy-algorithms.ts';
import { sshAlgorithms } from './ssh-algorithms.ts';
import type { AuthPlan } from './ssh-auth.ts';
import { connectFailure, connectTimedOut } from './ssh-failure.ts';
import { prepareTransportKeys } from './transport-keys.ts';
import { sendPacketsWhole } from './whole-packets.ts';

export interface SshClientOptions {
  /** Inventory name, for errors. */
  readonly name: string;
  readonly target: SshTarget;
  readonly auth: AuthPlan;
  /** From the first packet to keys that are agreed on, in milliseconds. `signal` bounds the log-in, for which somebody may have to touch a key. */
  readonly timeoutMs: number;
  readonly keepAliveMs: number;
  /** Aborts, with a ServonautError as its reason, when the connection is not wanted any more before it is ready. */
  readonly signal: AbortSignal;
  /** Key types on record, which the server is asked for first. */
  readonly recordedKeyTypes: readonly string[];
  /** Opens what SSH is spoken over; see `openRoute`. It may still be connecting, and ends with the connection. */
  openSocket(): Promise<Duplex>;
  /** Answers why the key is not to be trusted, or nothing when it is. Until then nothing is offered to the server. */
  checkHostKey(key: Buffer): ServonautError | undefined | Promise<ServonautError | undefined>;
}

function authHandler(auth: AuthPlan): AuthHandlerMiddleware {
  const left = [...auth.methods];
  // False says that nothing is left to try; the types of ssh2 do not know it.
  return (_methods, _partial, next) => next(left.shift() ?? (false as unknown as AnyAuthMethod));
}

/** The rest of the connect, over a socket that may still be connecting itself. */
function logIn(
  client: ssh2.Client,
  socket: Duplex,
  options: SshClientOptions,
  algorithms: Algorithms,
): Promise<Ssh2Link> {
  const { name, target, auth, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    let distrust: ServonautError | undefined;
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (error: ServonautError) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason as ServonautError);
    const timer = setTimeout(() => fail(connectTimedOut(name, timeoutMs)), timeoutMs);
    signal.addEventListener('abort', abort);
    client.on('error', (error: Error & { level?: string }) => {
      // A key of the agent could not be used; ssh2 goes on with the next one.
      if (error.level !== 'agent') fail(distrust ?? connectFailure(name, auth, error));
    });
    client.once('close', () => fail(distrust ?? connectFailure(name, auth, new Error('closed before ready'))));
    client.once('handshake', () => clearTimeout(timer));
    client.once('ready', () => {
      settle();
      resolve(new Ssh2Link(client, socket, target.variables));
    });
    const hostVerifier = (key: Buffer, answer: (isTrusted: boolean) => void) => {
      const check = async (): Promise<ServonautError | undefined> => options.checkHostKey(key);
      void check()
        .catch((error: unknown) => connectFailure(name, auth, error as Error))
        .then((reason) => answer((distrust = reason) === undefined));
    };
    client.connect({
      sock: socket,
      username: target.user,
      readyTimeout: 0,
      keepaliveInterval: options.keepAliveMs,
      keepaliveCountMax: target.keepAliveCountMax,
      algorithms,
      authHandler: authHandler(auth),
      hostVerifier,
      ...(target.forwardAgent !== undefined && { agent: target.forwardAgent, agentForward: true }),
    });
    completeSignatures(client);
  });
}

/**
 * Connects and authenticates.
 * @throws ServonautError the reason of `signal`, what `checkHostKey` answered, `ssh_config_unsupported`, `server_unreachable`, `connect_timeout` or `ssh_auth_failed`
 */
export async function openSshClient(options: SshClientOptions): Promise<Ssh2Link> {
  const { name, target, recordedKeyTypes, signal } = options;
  const algorithms = sshAlgorithms(name, target, recordedKeyTypes, await legacyAlgorithms(target));
  const socket = await options.openSocket();
  if (signal.aborted) socket.destroy();
  signal.throwIfAborted();
  const client = new ssh2.Client();
  prepareTransportKeys(client);
  sendPacketsWhole(client, socket);
  return logIn(client, socket, options, algorithms);
}
