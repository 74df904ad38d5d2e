import { Injectable } from '@nestjs/common';
import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import { AuditTrail, KeptArguments, type AuditEvent } from '../../audit/index.ts';
import type { Principal } from '../../auth/index.ts';
import { auditSides, type AuditSide } from '../../relay/index.ts';
import type { CallThrough } from './call-through.ts';

/** A call of a tool that has just come in. */
export interface ArrivedCall {
  /** Of the request that it becomes, if it does. */
  readonly requestId: string;
  readonly principal: Principal;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** When it is for a server of somebody else, once that is known. */
  readonly through?: CallThrough | undefined;
}

/** Puts on record who has called what, and what was decided. */
@Injectable()
export class CallAudit {
  constructor(
    private readonly trail: AuditTrail,
    private readonly kept: KeptArguments,
  ) {}

  /** @throws ServonautError `audit_unavailable` when it is known that the call could not be recorded */
  checkRoom({ principal, through }: ArrivedCall): void {
    this.trail.checkRoom(principal.userId);
    try {
      if (through) this.trail.checkRoom(through.grantorId);
    } catch (error) {
      throw plain(error);
    }
  }

  /**
   * Resolves when it is kept that the call came in and was let through.
   * @param sent what is sent in the place of its arguments
   * @throws ServonautError `audit_unavailable`
   */
  allowed(call: ArrivedCall, sent: ArrivedCall['args'] = call.args): Promise<void> {
    return this.#decided(call, () => ({ allowed: true, ...this.#made(call, sent) }));
  }

  /**
   * The same for a call that was not.
   * @param calls how many of the same kind it stands for, itself included
   * @throws ServonautError `audit_unavailable`
   */
  refused(call: ArrivedCall, { code, facts }: ServonautError, calls = 1): Promise<void> {
    const rule = typeof facts['rule'] === 'string' ? facts['rule'] : undefined;
    return this.#decided(call, () => ({ allowed: false, code, rule, ...(calls > 1 && { calls }) }));
  }

  /** It was let through, and there was nobody to run it: no request exists. */
  notSent(call: ArrivedCall, code: string): void {
    for (const side of sidesOf(call))
      this.trail.note(eventOf(call, side, 'call.ended', () => ({ outcome: 'not_sent', reason: code })));
  }

  /** The command that an approved template has become: what the caller wrote is among the arguments as it is. */
  #made({ args }: ArrivedCall, { command }: ArrivedCall['args']): object {
    return typeof command === 'string' && command !== args['command'] ? this.kept.ofCommand(command, args) : {};
  }

  async #decided(call: ArrivedCall, decision: () => object): Promise<void> {
    const kept = sidesOf(call).map(async (side) => {
      const arrived = eventOf(call, side, 'call.arrived', () => this.kept.of(call.args));
      const keeping = this.trail.keep(arrived, eventOf(call, side, 'call.decided', decision));
      await (side.userId === call.principal.userId ? keeping : keeping.catch(refusePlainly));
    });
    await Promise.all(kept);
  }
}

/** What is wrong with the chain of somebody else is not told to whoever calls. */
function plain(error: unknown): unknown {
  return error instanceof ServonautError ? new ServonautError(error.code, { cause: error }) : error;
}

function refusePlainly(error: unknown): never {
  throw plain(error);
}

/** Names may be anything that the agent has made up. */
function sidesOf({ principal: { userId }, args, through }: ArrivedCall): readonly AuditSide[] {
  if (through)
    return auditSides({ userId: through.grantorId, server: through.server.name, delegation: through.delegation });
  const server = typeof args['server'] === 'string' ? args['server'].slice(0, WIRE_LIMITS.serverNameLength) : null;
  return auditSides({ userId, server, delegation: null });
}

function eventOf(
  { requestId, principal, tool }: ArrivedCall,
  { userId, data: side }: AuditSide,
  kind: string,
  data: () => object,
): AuditEvent {
  const actor = { kind: principal.kind, id: principal.id, label: principal.label };
  const target = { tool: tool.slice(0, WIRE_LIMITS.toolNameLength), ...side };
  return { kind, userId, requestId, actor, data: () => ({ ...target, ...data() }) };
}
