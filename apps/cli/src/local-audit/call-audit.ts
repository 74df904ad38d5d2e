import type { CommandResultInput, ErrorCode, Payload } from '@servonaut/contracts';
import type { Caller } from '../policy/caller.ts';
import type { PolicyDecision } from '../policy/policy.ts';
import { sha256 } from './audit-entry.ts';
import type { CallFacts, Clean, DecidedCall, LocalAudit, WaitingCall } from './local-audit.ts';
import { shownArguments } from './shown-arguments.ts';

/** What stands of a call in each of its entries. */
export interface RecordedCall {
  readonly requestId: string;
  readonly tool?: string;
  readonly server?: string | null;
  /** Undefined when the operator calls, and where it is not known. */
  readonly principal?: Caller | undefined;
  /** Absent where no coordinator has asked. */
  readonly executorId?: string;
}

/** What was found about a call until it began, or was refused. */
export interface CallFate {
  readonly decision?: PolicyDecision | undefined;
  readonly approval?: DecidedCall['approval'] | undefined;
  /** What it was refused with; absent when it runs from now on. */
  readonly refused?: ErrorCode;
}

export interface CallAuditParts {
  readonly audit: LocalAudit;
  readonly clean: Clean;
  /** Most characters of arguments that are shown. */
  readonly argumentChars: number;
  /** Told when it could not be recorded how a call ended, since then it is too late to refuse it. */
  readonly warn: (message: string) => void;
}

type EndFacts = Pick<CommandResultInput, 'status' | 'error_code' | 'exit_code'>;

/** Length of what `recordEnd` adds to a body, in bytes. */
export const AUDIT_HASH_BYTES = ',"audit_hash":"'.length + 43 + '"'.length;

type ArrivedCall = RecordedCall & { readonly payload: Payload };

/** Two entries for each call: one before it runs, or is refused, and one before its result leaves. One more before the operator is asked. */
export class CallAudit {
  readonly #parts: CallAuditParts;

  constructor(parts: CallAuditParts) {
    this.#parts = parts;
  }

  /** @throws ServonautError `audit_unavailable`: then nobody is asked */
  recordAsked(call: ArrivedCall, decision: PolicyDecision): void {
    this.#parts.audit.record({ kind: 'call.asked', requestId: call.requestId, data: this.#arrived(call, decision) });
  }

  /** @throws ServonautError `audit_unavailable`: then it must not run */
  recordDecided(call: ArrivedCall, fate: CallFate): void {
    const { decision, approval = null, refused = null } = fate;
    const data = { ...this.#arrived(call, decision), approval, refused };
    this.#parts.audit.record({ kind: 'call.decided', requestId: call.requestId, data });
  }

  /**
   * What has run is told, also when that can no longer be recorded: only its result then says nothing of an entry.
   * @param body JSON of the result, which has members
   * @returns it with `audit_hash` as its last member
   */
  recordEnd(call: RecordedCall, facts: EndFacts, body: string): string {
    const { status, error_code = null, exit_code = null } = facts;
    const result = { sha256: sha256(body), bytes: Buffer.byteLength(body) };
    try {
      const data = { ...this.#facts(call), status, error_code, exit_code, result };
      const hash = this.#parts.audit.record({ kind: 'call.ended', requestId: call.requestId, data });
      return `${body.slice(0, -1)},"audit_hash":"${hash}"}`;
    } catch (error) {
      this.#parts.warn(`${call.requestId} has ended, but that is not recorded: ${(error as Error).message}`);
      return body;
    }
  }

  #arrived(call: ArrivedCall, decision: PolicyDecision | undefined): WaitingCall {
    return {
      ...this.#facts(call),
      arguments: this.#arguments(call.payload),
      decision: decision ? decisionFacts(decision) : null,
    };
  }

  #arguments(payload: Payload): DecidedCall['arguments'] {
    const { clean, argumentChars } = this.#parts;
    const json = JSON.stringify(payload);
    return { sha256: sha256(json), shown: shownArguments(payload, json, clean, argumentChars) };
  }

  #facts({ tool, server, principal, executorId }: RecordedCall): CallFacts {
    const text = (value: string): string => this.#parts.clean(value).toWellFormed();
    return {
      ...(principal && { principal: { ...named(principal), label: text(principal.label) } }),
      ...(tool !== undefined && { tool: text(tool) }),
      ...(server !== undefined && { server: server && text(server) }),
      ...(executorId !== undefined && { executor_id: executorId }),
    };
  }
}

function named({ kind, id }: Caller): Pick<Caller, 'kind' | 'id'> {
  return { kind, id: id.toWellFormed() };
}

function decisionFacts({ decision, class: worst, rule, policyVersion }: PolicyDecision): DecidedCall['decision'] {
  return { decision, class: worst, rule, policy_version: policyVersion };
}
