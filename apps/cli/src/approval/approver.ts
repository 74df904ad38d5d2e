import type { Caller } from '../policy/caller.ts';
import type { PolicyDecision } from '../policy/policy.ts';

/** What the tool says that the call would do, for the operator alone. */
export interface AskedPreview {
  /** Fit for a terminal, and cut where it is too long. */
  readonly text: string;
  /** Of all of it, the basis included. */
  readonly digest: string;
  /** What it depends on. */
  readonly basis: string | undefined;
}

/** What the operator is asked about: one call, exactly as it would run. */
export interface ApprovalQuestion {
  /** Undefined when the operator calls. */
  readonly principal: Caller | undefined;
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: string | null;
  /** What the server's name leads to, as a digest: whoever writes a source may give the name to another machine. Null where there is no server. */
  readonly machine: string | null;
  /** Validated arguments. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly decision: PolicyDecision;
  readonly preview?: AskedPreview | undefined;
}

/** What was answered, for the audit. */
export interface Approval {
  /** Who: `terminal`, `approve`, or `remembered`. */
  readonly by: string;
  /** SHA-256 (base64url) of what was shown. */
  readonly hash: string;
}

export interface ApprovalOptions {
  readonly requestId: string;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Told once somebody is asked: until when they may answer, in milliseconds since the epoch. Not told where the answer is there already. */
  readonly onWaiting: (until: number) => void;
}

/** Asks the operator. */
export interface Approver {
  /** Whether anybody could answer now. */
  readonly isAttended: boolean;
  /**
   * Resolves when this very call is approved.
   * @throws ServonautError `approval_declined`, `approval_unavailable`, `approval_expired`, `approval_stale`, or the signal's reason
   */
  approve(question: ApprovalQuestion, options: ApprovalOptions): Promise<Approval>;
}
