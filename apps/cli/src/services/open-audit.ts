import { auditSettings } from '../local-audit/audit-settings.ts';
import { CallAudit } from '../local-audit/call-audit.ts';
import { FileAudit } from '../local-audit/file-audit.ts';
import type { Clean } from '../local-audit/local-audit.ts';
import { recordPause, recordPolicy } from '../local-audit/operator-events.ts';
import type { Pause } from '../pause/pause-file.ts';
import type { Session } from '../session/session.ts';

/** The audit of this machine, as the executor of a profile writes it. */
export interface OpenAudit {
  readonly calls: CallAudit;
  /** What the operator does takes effect, whether or not it can be recorded. @param pause undefined when it is over */
  readonly pause: (pause: Pause | undefined) => void;
  readonly policy: (version: string) => void;
  readonly close: () => void;
}

/**
 * @param warn told of what could not be recorded, and is done all the same
 * @param clean of all texts that may hold secrets, before they are recorded
 */
export function openAudit({ paths, settings }: Session, warn: (message: string) => void, clean: Clean): OpenAudit {
  const audit = new FileAudit(paths.stateDir, { settings: auditSettings(settings), warn });
  const argumentChars = settings.audit_argument_chars.value;
  return {
    calls: new CallAudit({ audit, clean, argumentChars, warn }),
    pause: (pause) => recordPause(audit, pause, clean, warn),
    policy: (version) => recordPolicy(audit, version, warn),
    close: () => audit.close(),
  };
}
