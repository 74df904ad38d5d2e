import type { CommandClass } from '@servonaut/contracts';
import type { Caller } from '../policy/caller.ts';

/** Takes the secrets out of the texts of a JSON value. */
export type Clean = <Value>(value: Value) => Value;

/** Which call it is, without secrets in what callers and coordinators may have written there. */
export interface CallFacts {
  /** Absent when the operator calls, and where it is not known. */
  readonly principal?: Pick<Caller, 'kind' | 'id' | 'label'>;
  readonly tool?: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server?: string | null;
  /** The executor that was asked; absent where no coordinator has. */
  readonly executor_id?: string;
}

/** What was to be done, and whether it is. */
export interface DecidedCall extends CallFacts {
  readonly arguments: {
    /** SHA-256 (base64url) of their JSON as it came. */
    readonly sha256: string;
    /** Their JSON without secrets, cut when it is long. */
    readonly shown: string;
  };
  /** Null when it did not come to one: what was asked for is not valid, say. */
  readonly decision: {
    readonly decision: 'allow' | 'ask' | 'deny';
    readonly class: CommandClass;
    readonly rule: string;
    readonly policy_version: string;
  } | null;
  /** The operator's answer, where they were asked and gave one. */
  readonly approval: { readonly by: string; readonly hash: string; readonly is_approved: boolean } | null;
  /** Code of what it was refused with; null when it runs from now on. */
  readonly refused: string | null;
}

/** What the operator is being asked about: what is decided of it comes in an entry of its own, unless a kill comes first. */
export type WaitingCall = Omit<DecidedCall, 'approval' | 'refused'>;

/** What came of it. */
export interface EndedCall extends CallFacts {
  readonly status: string;
  readonly error_code: string | null;
  readonly exit_code: number | null;
  /** The JSON of the result as it leaves, without the member `audit_hash` at its end: SHA-256 (base64url), and bytes in UTF-8. */
  readonly result: { readonly sha256: string; readonly bytes: number };
}

/** What is recorded. Entries that the chain makes about itself are not among these. */
export type LocalAuditEvent =
  | { readonly kind: 'call.asked'; readonly requestId: string; readonly data: WaitingCall }
  | { readonly kind: 'call.decided'; readonly requestId: string; readonly data: DecidedCall }
  | { readonly kind: 'call.ended'; readonly requestId: string; readonly data: EndedCall }
  | { readonly kind: 'executor.paused'; readonly data: { readonly reason: string | null } }
  | { readonly kind: 'executor.resumed'; readonly data: Readonly<Record<string, never>> }
  | { readonly kind: 'policy.changed'; readonly data: { readonly policy_version: string } };

/** The audit of this machine, which is its operator's own. */
export interface LocalAudit {
  /** @returns the hash of the entry. @throws ServonautError `audit_unavailable` when it could not be written: then it must not be done */
  record(event: LocalAuditEvent): string;
}
