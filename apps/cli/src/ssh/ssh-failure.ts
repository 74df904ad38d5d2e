import { ServonautError, type ErrorCode, type ServonautErrorOptions } from '@servonaut/contracts';
import type { ExecResult } from '@servonaut/plugin-sdk';
import type { AuthPlan } from './ssh-auth.ts';

/** What ssh2 and net put on their errors. */
interface TransportError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

/** Reasons in words. The system's own message would carry the address, which must not leave this machine. */
const SOCKET_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'the network is not reachable',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name could not be resolved just now',
  ETIMEDOUT: 'the connection timed out',
};

const because = (hindrances: readonly string[]) => (hindrances.length > 0 ? ` (${hindrances.join('; ')})` : '');

export const noneAccepted = (name: string, hindrances: readonly string[]): string =>
  `${name} accepted none of the operator's keys${because(hindrances)}.`;

function authFailure(name: string, { methods, hindrances }: AuthPlan, cause: Error): ServonautError {
  const message =
    methods.length === 0
      ? `There is no key to offer to ${name}${because(hindrances)}.`
      : noneAccepted(name, hindrances);
  return new ServonautError('ssh_auth_failed', { message, detail: cause.message, cause });
}

/** A failed connect as one of our errors. Public sentences name the server by its inventory name only. */
export function connectFailure(name: string, plan: AuthPlan, error: TransportError): ServonautError {
  if (error instanceof ServonautError) return error;
  if (error.level === 'client-authentication') return authFailure(name, plan, error);
  const reason =
    (typeof error.code === 'string' && SOCKET_REASONS[error.code]) ||
    (error.level === 'handshake' ? 'it offers no algorithm that is still considered safe' : 'the SSH handshake failed');
  return new ServonautError('server_unreachable', {
    message: `${name} could not be reached: ${reason}.`,
    detail: error.message,
    cause: error,
  });
}

export function connectTimedOut(name: string, timeoutMs: number): ServonautError {
  return new ServonautError('connect_timeout', { message: `${name} did not answer within ${timeoutMs} ms.` });
}

/** Why a connect that is under way is given up when no connection is wanted any more. */
export function connectionsClosed(): ServonautError {
  return new ServonautError('server_unreachable', {
    message: 'Nothing was connected to: this executor is closing its SSH connections.',
  });
}

export function connectionLost(name: string, soFar?: ExecResult): BrokenOff {
  const message = `The connection to ${name} broke while the command ran; it may or may not have finished.`;
  return new BrokenOff('connection_lost', { message }, soFar);
}

/** A command whose end is not known, or that was ended for its caller, with what it had put out until then. */
export class BrokenOff extends ServonautError {
  readonly soFar: ExecResult | undefined;

  constructor(code: ErrorCode, options: ServonautErrorOptions, soFar: ExecResult | undefined) {
    super(code, options);
    this.soFar = soFar;
  }
}

/** The time of a call is over after a command was sent and before the server has said that it starts it. */
export function startUnknown(name: string): ServonautError {
  return new ServonautError('connection_lost', {
    message: `${name} did not say in time whether it has started the command, which may have run.`,
  });
}

/** The connection ended before a command was sent on it, so that it may be sent on another one. */
export class NotRun extends ServonautError {
  constructor(name: string) {
    super('server_unreachable', {
      message: `${name} could not be reached: its connection ended before a command could run.`,
    });
  }
}
