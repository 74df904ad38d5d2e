import type { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware } from 'ssh2';
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
  /** From the first packet to a connection that is ready, in milliseconds. */
  readonly timeoutMs: number;
  readonly keepAliveMs: number;
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

/**
 * Connects and authenticates.
 * @throws ServonautError what `checkHostKey` answered, `ssh_config_unsupported`, `server_unreachable`, `connect_timeout` or `ssh_auth_failed`
 */
export async function openSshClient(options: SshClientOptions): Promise<Ssh2Link> {
  const { name, target, timeoutMs } = options;
  const algorithms = sshAlgorithms(name, target, options.recordedKeyTypes, await legacyAlgorithms(target));
  const socket = await options.openSocket();
  const client = new ssh2.Client();
  prepareTransportKeys(client);
  sendPacketsWhole(client, socket);
  return new Promise((resolve, reject) => {
    let distrust: ServonautError | undefined;
    const fail = (error: ServonautError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(connectTimedOut(name, timeoutMs)), timeoutMs);
    client.on('error', (error: Error & { level?: string }) => {
      // A key of the agent could not be used; ssh2 goes on with the next one.
      if (error.level === 'agent') return;
      fail(distrust ?? connectFailure(name, options.auth, error));
    });
    client.once('close', () => fail(distrust ?? connectFailure(name, options.auth, new Error('closed before ready'))));
    client.once('ready', () => {
      clearTimeout(timer);
      resolve(new Ssh2Link(client, socket));
    });
    client.connect({
      sock: socket,
      username: target.user,
      readyTimeout: 0,
      keepaliveInterval: options.keepAliveMs,
      keepaliveCountMax: target.keepAliveCountMax,
      algorithms,
      authHandler: authHandler(options.auth),
      hostVerifier: (key: Buffer, answer: (isTrusted: boolean) => void) => {
        const check = async (): Promise<ServonautError | undefined> => options.checkHostKey(key);
        void check()
          .catch((error: unknown) => connectFailure(name, options.auth, error as Error))
          .then((reason) => answer((distrust = reason) === undefined));
      },
      ...(target.forwardAgent !== undefined && { agent: target.forwardAgent, agentForward: true }),
    });
    completeSignatures(client);
  });
}
