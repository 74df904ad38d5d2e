import { isDeepStrictEqual } from 'node:util';
import { outcomeOf, type CommandResult, type ErrorCode, type Outcome } from '@servonaut/contracts';
import type { AdminActor } from '../admin-actor.ts';
import { isHolder, type Holder } from '../executors/executor-record.ts';
import { deadlineOf, latestApproval, type RequestRecord } from './request-record.ts';

/** Everything that can happen to a pending request. */
export type RequestEvent =
  | { readonly type: 'published' }
  /** The hub certainly did not take it. */
  | { readonly type: 'publish_failed' }
  | { readonly type: 'acknowledged' }
  /** Its executor has it and asks the operator, for so long from now at most. */
  | { readonly type: 'awaiting_approval'; readonly forMs: number }
  | { readonly type: 'result'; readonly result: CommandResult }
  /** One of these two, from outside: it happens only if the reporter speaks for the executor of the request. */
  | { readonly type: 'reported'; readonly by: Reporter; readonly report: Report }
  /** The agent no longer wants it, or, when it is said by whom, an admin. */
  | { readonly type: 'cancelled'; readonly by?: AdminActor }
  /** The token with which it was asked for has been revoked. */
  | { readonly type: 'revoked' }
  /** Whoever let another user ask for it does so no more. */
  | { readonly type: 'delegation_ended' }
  /** The executor missed its heartbeats, or left without having this request among the running ones. */
  | { readonly type: 'executor_silent' }
  /** A timer fired. Harmless at any time: only the record's own deadline counts. */
  | { readonly type: 'deadline' };

export type Report = Extract<RequestEvent, { type: 'acknowledged' | 'awaiting_approval' | 'result' }>;

/** Who reports, and the executor in whose name, if that was said. */
export interface Reporter extends Holder {
  readonly executorId?: string | undefined;
}

/** `refused` tells the sender of the event why; the record is as it was, unless the event has shown that it was wrong. */
export type Transition =
  | { readonly kind: 'changed' | 'unchanged'; readonly record: RequestRecord }
  | { readonly kind: 'refused'; readonly record: RequestRecord; readonly code: ErrorCode };

/**
 * The next state of a request. Pure and total; shared by all stores.
 *
 * A finished request without a result has the coordinator's best guess (`not_delivered`, `unknown`, `cancelled`), and the first
 * real result corrects it. A result is final: the same one again changes nothing, another one is refused.
 *
 * @param now milliseconds since the epoch
 */
export function transition(record: RequestRecord, event: RequestEvent, now: number): Transition {
  if (event.type === 'reported')
    return speaksFor(event.by, record) ? transition(record, event.report, now) : refused(record, 'request_unknown');
  if (event.type === 'result') return takeResult(record, event.result, now);
  if (event.type === 'acknowledged') return acknowledge(record, now);
  if (event.type === 'awaiting_approval') return awaitApproval(record, now, event.forMs);
  if (record.state === 'finished') return unchanged(record);
  switch (event.type) {
    case 'published':
      return record.state === 'queued' ? changed(record, { state: 'published', publishedAt: now }) : unchanged(record);
    case 'publish_failed':
      // Its executor has it, so the hub did take it, whatever it answered.
      return isConfirmed(record) ? unchanged(record) : end(record, 'not_delivered', 'relay_unavailable', now);
    case 'cancelled':
      return end(record, 'cancelled', 'request_cancelled', now);
    case 'revoked':
      return end(record, 'cancelled', 'token_revoked', now);
    case 'delegation_ended':
      return end(record, 'cancelled', 'delegation_ended', now);
    case 'executor_silent':
      return giveUp(record, now);
    case 'deadline':
      return now >= (deadlineOf(record) ?? Infinity) ? giveUp(record, now) : unchanged(record);
  }
}

/** All executors of a user hear of each other's requests; only the one that was asked may answer, and only by the token that registered it. */
export function speaksFor(by: Reporter, record: RequestRecord): boolean {
  return isHolder(by, record.executorHolding) && namesExecutorOf(by, record);
}

/** A reporter that names no executor, as older ones do not, is not held to one. */
export function namesExecutorOf({ executorId }: Reporter, record: RequestRecord): boolean {
  return executorId === undefined || executorId === record.executorId;
}

function takeResult(record: RequestRecord, result: CommandResult, now: number): Transition {
  if (record.result)
    return isDeepStrictEqual(record.result, result) ? unchanged(record) : refused(record, 'result_conflict');
  const outcome = outcomeOf(result);
  // The executor knows that it was cancelled, not why.
  const reason = outcome === 'cancelled' && isWithdrawn(record) ? record.reason : null;
  return changed(record, { state: 'finished', outcome, reason, result, message: null, finishedAt: now });
}

/** Whoever asked had lost the right to. */
function isWithdrawn({ reason }: RequestRecord): boolean {
  return reason === 'token_revoked' || reason === 'delegation_ended';
}

function acknowledge(record: RequestRecord, now: number): Transition {
  if (record.state === 'finished') return acknowledgeFinished(record, now);
  if (record.state === 'started') return unchanged(record);
  if (isTooLate(record, now)) return cancelLate(record, now);
  return changed(record, { state: 'started', startedAt: now, message: null });
}

/**
 * The refusal makes the executor stop; a run whose outcome is merely unknown is left to end, so that its result can correct us. One that waited for
 * the operator when it was given up had not begun, and begins too late.
 */
function acknowledgeFinished(record: RequestRecord, now: number): Transition {
  if (record.outcome === 'cancelled' || record.result) return refused(record, refusalOf(record));
  const isRunning = record.startedAt !== null || !record.acknowledges;
  return record.outcome === 'unknown' && isRunning ? unchanged(record) : cancelLate(record, now);
}

/** The refusal makes the executor ask no longer: nobody waits for what the operator may say. */
function awaitApproval(record: RequestRecord, now: number, forMs: number): Transition {
  if (record.state === 'finished') return refused(record, refusalOf(record));
  if (record.state === 'started') return unchanged(record);
  if (isTooLate(record, now)) return refused(giveUp(record, now).record, 'request_expired');
  const approvalUntil = Math.min(now + forMs, latestApproval(record));
  return changed(record, { state: 'awaiting_approval', approvalUntil, message: null });
}

function refusalOf({ outcome, result }: RequestRecord): ErrorCode {
  if (outcome === 'cancelled') return 'request_cancelled';
  return result ? 'request_finished' : 'request_expired';
}

/** The executor has said that it has it. */
function isConfirmed({ state }: RequestRecord): boolean {
  return state === 'started' || state === 'awaiting_approval';
}

/** For the first word of an executor that has to say one. */
function isTooLate(record: RequestRecord, now: number): boolean {
  return record.acknowledges && !isConfirmed(record) && now > record.ackBy;
}

/** It has begun after all, so that `not_delivered` would not be true; and its executor stops it. */
function cancelLate(record: RequestRecord, now: number): Transition {
  const cancelled = end({ ...record, startedAt: now }, 'cancelled', 'request_cancelled', now);
  return refused(cancelled.record, 'request_expired');
}

/**
 * Waiting is over. What was never acknowledged will be refused by its executor as expired, unless that began it and was killed or cut
 * off before it could say so: then it does when it is back. What has started, or may have started
 * without a word, as when the operator has agreed while the executor was cut off, is `unknown` and not `timed_out`: only the executor can know that
 * it really stopped the command.
 */
function giveUp(record: RequestRecord, now: number): Transition {
  const mayHaveRun = isConfirmed(record) || !record.acknowledges;
  return mayHaveRun
    ? end(record, 'unknown', 'outcome_unknown', now)
    : end(record, 'not_delivered', 'not_delivered', now);
}

function end(record: RequestRecord, outcome: Outcome, reason: ErrorCode, now: number): Transition {
  return changed(record, { state: 'finished', outcome, reason, finishedAt: now, message: null });
}

function changed(record: RequestRecord, change: Partial<RequestRecord>): Transition {
  return { kind: 'changed', record: { ...record, ...change, version: record.version + 1 } };
}

function unchanged(record: RequestRecord): Transition {
  return { kind: 'unchanged', record };
}

function refused(record: RequestRecord, code: ErrorCode): Transition {
  return { kind: 'refused', record, code };
}
