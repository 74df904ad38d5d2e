import type { Caller } from '../policy/caller.ts';
import { approvalHash, type AskedServer } from './approval-hash.ts';
import type { Approval, ApprovalQuestion } from './approver.ts';
import type { ShownApproval } from './shown-approval.ts';

/** One call that waits. */
export interface WaitingCall {
  /** Null for a tool that acts on the executor itself. */
  readonly server: AskedServer | null;
  /** Milliseconds since the epoch. */
  readonly until: number;
  approved(approval: Approval): void;
  expired(): void;
  /** With who has said so, and what they were shown, as for an approval. */
  declined(answer: Approval): void;
}

/** Calls that are the same but for their server: one call for many of them arrives as one request for each. */
export class WaitingCalls {
  readonly question: ApprovalQuestion;
  readonly calls: WaitingCall[] = [];
  #shown: ShownApproval | undefined;

  constructor(question: ApprovalQuestion) {
    this.question = question;
  }

  add(call: WaitingCall): void {
    this.calls.push(call);
    this.#shown = undefined;
  }

  delete(call: WaitingCall): void {
    this.calls.splice(this.calls.indexOf(call), 1);
    this.#shown = undefined;
  }

  get shown(): ShownApproval {
    return (this.#shown ??= this.#show());
  }

  #show(): ShownApproval {
    const { principal, tool, input, preview, decision } = this.question;
    // In an order of their own: they arrive in any.
    const servers = this.calls
      .flatMap(({ server }) => (server ? [server] : []))
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    return {
      hash: approvalHash({ principal, tool, servers, input, preview, policyVersion: decision.policyVersion }),
      principal: principal ? named(principal) : null,
      tool,
      servers: servers.map(([name]) => name),
      arguments: { ...input },
      ...(preview && { preview: preview.text }),
      class: decision.class,
      rule: decision.rule,
      message: decision.message,
      commands: decision.commands.map(({ name: _, ...shown }) => shown),
      until: Math.min(...this.calls.map(({ until }) => until)),
    };
  }
}

/** Not which servers it may reach: that is not what is asked. */
function named({ kind, id, label }: Caller): Caller {
  return { kind, id, label };
}
