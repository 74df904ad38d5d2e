import {
  WIRE_LIMITS,
  type CommandRequest,
  type CommandResult,
  type ErrorCode,
  type Outcome,
  type WirePrincipal,
} from '@servonaut/contracts';
import type { Holding } from '../executors/executor-record.ts';

/** Of a request that somebody asked for on another user's executors: by whose leave. */
export interface RequestDelegation {
  readonly id: string;
  /** The user who asked. */
  readonly callerId: string;
  readonly callerName: string;
  /** The user whose executors run it. */
  readonly ownerName: string;
}

export type RequestState = 'queued' | 'published' | 'awaiting_approval' | 'started' | 'finished';

/** A pending request as both stores keep it: plain JSON, so that it means the same in memory, in Redis and in the journal. */
export interface RequestRecord {
  readonly requestId: string;
  readonly userId: string;
  /** Who asked, on behalf of the user, or of the caller of the delegation. */
  readonly principal: Pick<WirePrincipal, 'kind' | 'id'>;
  /** Null for what users ask of their own executors. */
  readonly delegation: RequestDelegation | null;
  readonly executorId: string;
  /** How the executor was held when the request was made. */
  readonly executorHolding: Holding;
  readonly tool: string;
  readonly server: string | null;
  /** The coordinator process whose agent waits for the end. */
  readonly node: string;
  /** As published, for an executor that missed it. Null once its executor has said that it has it, or it has ended: nobody needs it any more. */
  readonly message: CommandRequest | null;
  /** False for an older executor, which posts nothing before its result. */
  readonly acknowledges: boolean;

  /** All times in milliseconds since the epoch, by the coordinator's clock. */
  readonly createdAt: number;
  readonly publishedAt: number | null;
  /** Until when the operator may be asked whether it may start, as its executor has said last; null when that has said no such thing. */
  readonly approvalUntil: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Until when an acknowledgement is believed: the start-by deadline and the time an honest one may travel. */
  readonly ackBy: number;
  /** How long after its start the result is waited for, in milliseconds: run time and grace. */
  readonly resultWithinMs: number;

  readonly state: RequestState;
  /** Set exactly when the state is `finished`. */
  readonly outcome: Outcome | null;
  /** Why there is an outcome without a result. */
  readonly reason: ErrorCode | null;
  /** What the executor said. Once set, the record never changes again. */
  readonly result: CommandResult | null;
  /** Counts the changes, for compare-and-set. */
  readonly version: number;
}

/**
 * Whose open requests it is counted among, besides those of its user: what others ask by the user's leave counts as what one credential asks, so that
 * however many of them there are, the user's own agents have room.
 */
export function askerOf({ principal: { kind, id }, delegation }: RequestRecord): string {
  return delegation ? 'others' : `${kind}:${id}`;
}

/** The instant at which the coordinator stops waiting for the next thing to happen; null when nothing is waited for. */
export function deadlineOf(record: RequestRecord): number | null {
  if (record.state === 'finished') return null;
  const isConfirmed = record.startedAt !== null || isWaiting(record);
  return isConfirmed || !record.acknowledges ? overBy(record) : record.ackBy;
}

/** The instant at which it is over in any case, if it starts at the last moment, and if its executor says nothing new of when that is. */
export function overBy(record: RequestRecord): number {
  const startsBy = isWaiting(record) ? record.approvalUntil : record.ackBy;
  return (record.startedAt ?? startsBy) + record.resultWithinMs;
}

/** Its operator is asked whether it may start. */
export function isWaiting(record: RequestRecord): record is RequestRecord & { readonly approvalUntil: number } {
  return record.state === 'awaiting_approval' && record.approvalUntil !== null;
}

/** The last moment to which an executor may put off the answer of its operator, however often it says another. */
export function latestApproval({ ackBy }: RequestRecord): number {
  return ackBy + WIRE_LIMITS.approvalSeconds * 1_000;
}
