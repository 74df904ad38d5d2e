import { Injectable } from '@nestjs/common';
import { WIRE_LIMITS, type ServonautError } from '@servonaut/contracts';
import { AuditTrail, KeptArguments, type AuditEvent } from '../../audit/index.ts';
import type { Principal } from '../../auth/index.ts';

/** A call of a tool that has just come in. */
export interface ArrivedCall {
  /** Of the request that it becomes, if it does. */
  readonly requestId: string;
  readonly principal: Principal;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Puts on record who has called what, and what was decided. */
@Injectable()
export class CallAudit {
  constructor(
    private readonly trail: AuditTrail,
    private readonly kept: KeptArguments,
  ) {}

  /** @throws ServonautError `audit_unavailable` when it is known that the call could not be recorded */
  checkRoom({ principal }: ArrivedCall): void {
    this.trail.checkRoom(principal.userId);
  }

  /** Resolves when it is stored that the call came in and was let through. @throws ServonautError `audit_unavailable` */
  allowed(call: ArrivedCall): Promise<void> {
    return this.#decided(call, { allowed: true });
  }

  /** The same for a call that was not. @throws ServonautError `audit_unavailable` */
  refused(call: ArrivedCall, { code, facts }: ServonautError): Promise<void> {
    const { rule } = facts;
    return this.#decided(call, { allowed: false, code, rule: typeof rule === 'string' ? rule : undefined });
  }

  /** It was let through, and there was nobody to run it: no request exists. */
  notSent(call: ArrivedCall, code: string): void {
    this.trail.note(eventOf(call, 'call.ended', { outcome: 'not_sent', reason: code }));
  }

  async #decided(call: ArrivedCall, decision: Readonly<Record<string, unknown>>): Promise<void> {
    const kept = this.kept.of(call.args);
    await this.trail.record(eventOf(call, 'call.arrived', kept), eventOf(call, 'call.decided', decision));
  }
}

/** Names may be anything that the agent has made up. */
function eventOf({ requestId, principal, tool, args }: ArrivedCall, kind: string, data: object): AuditEvent {
  const { userId, kind: actorKind, id, label } = principal;
  const server = typeof args['server'] === 'string' ? args['server'].slice(0, WIRE_LIMITS.serverNameLength) : null;
  const target = { tool: tool.slice(0, WIRE_LIMITS.toolNameLength), server };
  return { kind, userId, requestId, actor: { kind: actorKind, id, label }, data: { ...target, ...data } };
}
