import type { Executor, ExecutorRecord } from './executor-record.ts';

/** Most executors of one user that are remembered. */
export const MAX_EXECUTORS_PER_USER = 50;
/** Most executors of one credential that are remembered; fewer, so that none keeps out the others of its user. */
export const MAX_EXECUTORS_PER_CREDENTIAL = 25;

export interface Room {
  /** Ids of those that are to be forgotten: all of them are offline. */
  readonly leaving: readonly string[];
  /** The bound at which the newcomer has to be refused; null when there is room for it. */
  readonly full: number | null;
}

/**
 * Who makes room for a newcomer: of its own credential those that are offline, and only at the bound of the user those of others, the longest unseen
 * first. Who is online never does.
 * @param executors all of the user with the state that holds now, the newcomer among them
 */
export function roomFor({ executorId, credentialId }: ExecutorRecord, executors: readonly Executor[]): Room {
  const isOwn = ({ record }: Executor) => record.credentialId === credentialId;
  const gone = executors
    .filter(({ record, presence }) => presence.state === 'offline' && record.executorId !== executorId)
    .sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || a.presence.lastSeenAt - b.presence.lastSeenAt);
  const ownTooMany = executors.filter(isOwn).length - MAX_EXECUTORS_PER_CREDENTIAL;
  if (ownTooMany > gone.filter(isOwn).length) return { leaving: [], full: MAX_EXECUTORS_PER_CREDENTIAL };
  const tooMany = Math.max(ownTooMany, executors.length - MAX_EXECUTORS_PER_USER, 0);
  if (tooMany > gone.length) return { leaving: [], full: MAX_EXECUTORS_PER_USER };
  return { leaving: gone.slice(0, tooMany).map(({ record }) => record.executorId), full: null };
}
