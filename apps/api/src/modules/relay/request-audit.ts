import type { CommandResult } from '@servonaut/contracts';
import type { AuditTrail, EventActor, KeptArguments } from '../audit/index.ts';
import { auditSides } from './audit-sides.ts';
import type { AdminActor } from './admin-actor.ts';
import type { PresenceObserver } from './executors/executor-registry.ts';
import { isWaiting, type RequestRecord } from './pending/request-record.ts';
import type { RequestEvent } from './pending/request-state.ts';
import type { PublishOutcome } from './strategies/relay-strategy.ts';

const COORDINATOR: EventActor = { kind: 'coordinator', id: null };

/** Puts on record what becomes of requests, and of those who run them: each change once, by the process that made it. */
export class RequestAudit {
  readonly #trail: Pick<AuditTrail, 'note' | 'checkRoom'>;
  readonly #kept: Pick<KeptArguments, 'digestOf'>;

  constructor(trail: Pick<AuditTrail, 'note' | 'checkRoom'>, kept: Pick<KeptArguments, 'digestOf'>) {
    this.#trail = trail;
    this.#kept = kept;
  }

  /** Before an executor of the user is taken. @throws ServonautError `audit_unavailable` when that could not be recorded */
  readonly checkRoom = (userId: string): void => this.#trail.checkRoom(userId);

  /** The hub has it, or may have it. */
  delivered(record: RequestRecord, hub: PublishOutcome): void {
    this.#note('call.delivered', record, COORDINATOR, () => ({ executor: record.executorId, hub }));
  }

  /** After a change that the store has made. */
  readonly changed = (before: RequestRecord, after: RequestRecord, event: RequestEvent): void => {
    if (before.state !== after.state && isWaiting(after))
      this.#note('call.awaits_approval', after, executorOf(after), () => ({
        executor: after.executorId,
        until: new Date(after.approvalUntil).toISOString(),
      }));
    if (before.startedAt === null && after.startedAt !== null)
      this.#note('call.started', after, executorOf(after), () => ({ executor: after.executorId }));
    if (after.state === 'finished' && (before.state !== 'finished' || before.result !== after.result))
      this.#note('call.ended', after, actorOf(event, after), () => this.#ending(before, after));
  };

  /** An executor has come or gone. */
  readonly presence: PresenceObserver = ({ userId, executorId: id }, change) => {
    const executor: EventActor = { kind: 'executor', id };
    if ('gone' in change) {
      const actor = goneBy(change, executor);
      return this.#trail.note({ kind: 'executor.gone', userId, actor, data: { executor: id, why: change.gone } });
    }
    const { profile, version, credentialId } = change.record;
    const data = { executor: id, profile, version, credential: credentialId };
    this.#trail.note({ kind: 'executor.connected', userId, actor: executor, data });
  };

  #ending(before: RequestRecord, after: RequestRecord): Record<string, unknown> {
    const { outcome, reason, result, createdAt, startedAt, finishedAt, executorId } = after;
    return {
      executor: executorId,
      outcome,
      reason: reason ?? undefined,
      /** An end that was guessed before, and is known now. */
      corrects: before.outcome ?? undefined,
      total_ms: finishedAt === null ? undefined : finishedAt - createdAt,
      queued_ms: startedAt === null ? undefined : startedAt - createdAt,
      ...(result && resultFacts(result, (text) => this.#kept.digestOf(text))),
    };
  }

  /** @param data called when the request has gone its way: an agent waits for its answer, and not for digests of it */
  #note(kind: string, record: RequestRecord, actor: EventActor, data: () => object): void {
    const { requestId, tool } = record;
    for (const { userId, data: side } of auditSides(record))
      this.#trail.note({ kind, userId, requestId, actor, data: () => ({ tool, ...side, ...data() }) });
  }
}

function goneBy(change: Parameters<PresenceObserver>[1], executor: EventActor): EventActor {
  if ('by' in change) return adminOf(change.by);
  return 'gone' in change && change.gone === 'left' ? executor : COORDINATOR;
}

function adminOf({ kind, id, label }: AdminActor): EventActor {
  return { kind, id, label };
}

function executorOf({ executorId: id }: RequestRecord): EventActor {
  return { kind: 'executor', id };
}

function actorOf(event: RequestEvent, record: RequestRecord): EventActor {
  if (event.type === 'result' || event.type === 'reported') return executorOf(record);
  if (event.type === 'cancelled' && event.by) return adminOf(event.by);
  if (event.type === 'cancelled') return { kind: record.principal.kind, id: record.principal.id };
  return COORDINATOR;
}

/** What is known of the output without showing it: its size, and a keyed digest of what the coordinator was given. */
function resultFacts(result: CommandResult, digestOf: KeptArguments['digestOf']): Record<string, unknown> {
  const { stdout, stderr, output } = result;
  return {
    status: result.status,
    error_code: result.error_code,
    exit_code: result.exit_code,
    signal: result.signal ?? undefined,
    rule: result.rule ?? result.policy?.rule,
    policy_class: result.policy?.class,
    executor_audit_hash: result.audit_hash,
    truncated: result.truncated,
    run_ms: result.execution_time_ms,
    stdout_bytes: result.stdout_bytes,
    stderr_bytes: result.stderr_bytes,
    ...(stdout === undefined ? { output_digest: digestOf(output) } : { stdout_digest: digestOf(stdout) }),
    ...(stderr !== undefined && { stderr_digest: digestOf(stderr) }),
  };
}
