import type { Pause } from '../pause/pause-file.ts';
import type { Clean, LocalAudit, LocalAuditEvent } from './local-audit.ts';

type Warn = (message: string) => void;

/** What the operator does takes effect, whether or not it can be recorded. @param pause undefined when it is over */
export function recordPause(audit: LocalAudit, pause: Pause | undefined, clean: Clean, warn: Warn): void {
  const reason = clean(pause?.reason)?.toWellFormed() ?? null;
  record(audit, pause ? { kind: 'executor.paused', data: { reason } } : { kind: 'executor.resumed', data: {} }, warn);
}

/** Another policy holds from now on. */
export function recordPolicy(audit: LocalAudit, version: string, warn: Warn): void {
  record(audit, { kind: 'policy.changed', data: { policy_version: version } }, warn);
}

function record(audit: LocalAudit, event: LocalAuditEvent, warn: Warn): void {
  try {
    audit.record(event);
  } catch (error) {
    warn(`${event.kind} is not recorded: ${(error as Error).message}`);
  }
}
