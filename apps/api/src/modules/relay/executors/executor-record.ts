import type { ExecutorManifest, PublicJwk } from '@servonaut/contracts';

export type ExecutorState = 'online' | 'draining' | 'offline';

/** Who speaks for an executor: one credential of one user. Another credential of the same user is a stranger to it. */
export interface Holder {
  readonly userId: string;
  readonly credentialId: string;
}

export function isHolder(one: Holder, { userId, credentialId }: Holder): boolean {
  return one.userId === userId && one.credentialId === credentialId;
}

/** How an executor is held. */
export interface Holding extends Holder {
  /** Of the secret by which another credential of the user may take the executor over; null: none may. */
  readonly secretHash: string | null;
}

/** What an executor said of itself when it registered, and by whose authority. */
export interface ExecutorRecord extends Holding {
  readonly executorId: string;
  readonly profile: string;
  readonly version: string;
  /** Null for an older executor, which says neither what it can do nor where. */
  readonly manifest: ExecutorManifest | null;
  /** X25519; null for an executor that takes payloads in the clear. */
  readonly publicKey: PublicJwk | null;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
}

/**
 * Which run of an executor this is: the key that each makes for itself. Null for one to which nothing can be encrypted, whose runs cannot be told
 * apart.
 */
export function runOf({ publicKey }: Pick<ExecutorRecord, 'publicKey'>): string | null {
  return publicKey?.x ?? null;
}

/** What its last heartbeat said. */
export interface ExecutorPresence {
  readonly state: ExecutorState;
  /** Milliseconds since the epoch. */
  readonly lastSeenAt: number;
  readonly running: readonly string[];
}

export interface Executor {
  readonly record: ExecutorRecord;
  readonly presence: ExecutorPresence;
}

/** One whose run is over, whatever it says. */
export function asOffline({ record, presence }: Executor): Executor {
  return { record, presence: { ...presence, state: 'offline', running: [] } };
}

/** Missed heartbeats after which an executor is offline; the half is for the travel of the last one. */
const MISSED_HEARTBEATS = 2.5;

/** Before which instant an executor must have been seen last to count as gone. */
export function silentBefore(now: number, heartbeatIntervalMs: number): number {
  return now - MISSED_HEARTBEATS * heartbeatIntervalMs;
}

/** The state that holds now: what the executor said last, unless it has been silent for too long. */
export function stateOf({ presence }: Executor, now: number, heartbeatIntervalMs: number): ExecutorState {
  return presence.lastSeenAt < silentBefore(now, heartbeatIntervalMs) ? 'offline' : presence.state;
}
