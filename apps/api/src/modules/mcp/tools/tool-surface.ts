import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { Principal } from '../../auth/index.ts';
import { Entitlements } from '../../entitlements/index.ts';
import { Relay, type RelayCall, type RequestView } from '../../relay/index.ts';
import { untilFull, type OutputBounds } from '../answers/output-bounds.ts';
import { answerLookup, answerRefusal, answerRequest, type ToolResult } from '../answers/tool-answer.ts';
import { CallAdmission, secondsUntil, type AdmittedCall, type OwnCall } from './call-admission.ts';
import { CallAudit, type ArrivedCall } from './call-audit.ts';
import type { CallThrough } from './call-through.ts';
import { DelegatedServers } from './delegated-servers.ts';
import { GET_REQUEST, getRequestInput } from './get-request.ts';
import { letGo } from './let-go.ts';
import { answerDelegatedList, LIST_DELEGATED_SERVERS } from './list-delegated-servers.ts';
import { asCallerHears, asCallerSees } from './others-refusals.ts';
import { OthersServers } from './others-servers.ts';
import { RefusedCalls } from './refused-calls.ts';
import { StandingCalls } from './standing-calls.ts';
import { checkArguments } from './tool-arguments.ts';
import { catalogue } from './tool-catalogue.ts';
import { asCallableBy } from './templated-commands.ts';
import { describeTool, type ToolDescription } from './tool-description.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** What a transport gives to a call. */
export type CallHooks = Pick<RelayCall, 'signal' | 'onProgress' | 'traceparent'>;

/** The tools that agents see, whichever transport they come by. */
@Injectable()
export class ToolSurface {
  readonly #logger = new Logger('Mcp');
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    private readonly admission: CallAdmission,
    private readonly audit: CallAudit,
    private readonly refused: RefusedCalls,
    private readonly limits: RateLimits,
    private readonly others: OthersServers,
    private readonly standing: StandingCalls,
    private readonly delegated: DelegatedServers,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mcp' | 'http'>,
  ) {}

  /** What this principal may call, sorted by name. Varies by principal, never by connection. */
  async listTools(principal: Principal): Promise<ToolDescription[]> {
    const [own, entries, others] = await Promise.all([
      this.relay.connectedTools(principal.userId),
      this.relay.connectedServers(principal.userId),
      this.delegated.tools(principal),
    ]);
    const ownServers = { owner: null, entries };
    const onOwn = this.entitlements.visibleTools(principal, catalogue(own), ownServers);
    const lists = others.length > 0 ? [LIST_DELEGATED_SERVERS] : [];
    const tools = catalogue([...others, ...onOwn], []).map((tool) => asCallableBy(principal, tool));
    return [...tools, GET_REQUEST, ...this.entitlements.visibleTools(principal, lists, ownServers)].map(describeTool);
  }

  /**
   * Runs a call to its end. Whatever goes wrong is an answer that a model can read and act on, with one exception:
   * @throws ServonautError `unknown_tool`, which MCP wants as a protocol error.
   */
  async callTool(principal: Principal, name: string, args: Arguments, hooks: CallHooks = {}): Promise<ToolResult> {
    const call = this.#answer(principal, name, args, hooks);
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  /** Resolves when the calls that run now have been answered, or when the grace of a stopping coordinator is over. */
  async drain(): Promise<void> {
    const grace = delay(this.config.http.shutdownGraceSeconds * 1_000, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    this.refused.settle();
  }

  async #answer(principal: Principal, name: string, args: Arguments, hooks: CallHooks): Promise<ToolResult> {
    const server = typeof args['server'] === 'string' ? args['server'] : null;
    try {
      if (name === GET_REQUEST.name) return await this.#lookUp(principal, args);
      if (name === LIST_DELEGATED_SERVERS.name)
        return await this.#listDelegated({ requestId: uuidv7(), principal, tool: name, args });
      return await this.#relayCall({ requestId: uuidv7(), principal, tool: name, args }, hooks);
    } catch (error) {
      if (!(error instanceof ServonautError)) return answerRefusal(this.#unexpected(error, name), server);
      if (error.code === 'unknown_tool') throw error;
      return answerRefusal(error, server);
    }
  }

  async #relayCall(call: ArrivedCall, hooks: CallHooks): Promise<ToolResult> {
    this.audit.checkRoom(call);
    const { heard } = this.standing;
    const through = await this.others.through(call).catch(this.#recordRefusal(call));
    const placed = through ? { ...call, through } : call;
    this.audit.checkRoom(placed);
    const admitted = await this.admission.admit(placed).catch(this.#recordRefusal(placed));
    const view = await this.#dispatchRecorded({ ...placed, heard }, admitted, hooks);
    return answerRequest(asCallerSees(view), this.#bounds(admitted));
  }

  #recordRefusal(call: ArrivedCall): (refusal: unknown) => Promise<never> {
    return async (refusal) => {
      const known = refusal instanceof ServonautError ? refusal : new ServonautError('internal');
      await this.refused.record(call, known);
      throw refusal;
    };
  }

  /** The record is stored while the call runs, or before, when it is on somebody else's executor. Should that fail, the call is cancelled, and answered as one that was not recorded. */
  async #dispatchRecorded(call: HeardCall, admitted: AdmittedCall, hooks: CallHooks): Promise<RequestView> {
    const unrecorded = new AbortController();
    const stored = this.audit.allowed(call, admitted.sent.payload);
    stored.catch(() => unrecorded.abort());
    if (call.through) await this.#recordFirst(call, admitted, stored);
    const signal = hooks.signal ? AbortSignal.any([hooks.signal, unrecorded.signal]) : unrecorded.signal;
    const [view] = await Promise.allSettled([this.#dispatch(call, admitted, { ...hooks, signal })]);
    if (view.status === 'fulfilled') letGo(admitted.taken, view.value);
    else if (await this.refused.isFree(call.principal)) admitted.taken.refund();
    else admitted.taken.release();
    await stored.catch((error: unknown) => {
      throw notRecorded(call, error, view);
    });
    if (view.status === 'fulfilled') return view.value;
    this.audit.notSent(call, codeOf(view.reason));
    throw call.through ? asCallerHears(view.reason, call.through) : view.reason;
  }

  /** That may take seconds, in which what the call was let in by can end: it would become a request that nobody looks for any more. */
  async #recordFirst(call: HeardCall, { taken }: AdmittedCall, stored: Promise<void>): Promise<void> {
    try {
      await stored;
      await this.standing.check(call, call.heard);
    } catch (error) {
      taken.refund();
      this.audit.notSent(call, codeOf(error));
      throw error;
    }
  }

  #dispatch(
    { requestId, tool, through }: ArrivedCall,
    { sent, outputBytes }: AdmittedCall,
    { onProgress, ...hooks }: CallHooks,
  ): Promise<RequestView> {
    const shown = onProgress && (outputBytes === null ? onProgress : untilFull(outputBytes, onProgress));
    return this.relay.dispatch({
      requestId,
      tool,
      ...sent,
      timeoutSeconds: Math.min(sent.timeoutSeconds, secondsUntil(through?.until)),
      ...hooks,
      ...(shown && { onProgress: shown }),
    });
  }

  async #listDelegated(call: ArrivedCall): Promise<ToolResult> {
    this.audit.checkRoom(call);
    const admitted = await this.admission.admitOwn(call, LIST_DELEGATED_SERVERS).catch(this.#recordRefusal(call));
    try {
      const [list] = await Promise.all([this.delegated.list(call.principal), this.audit.allowed(call)]);
      return answerDelegatedList(list, this.#bounds(admitted));
    } finally {
      admitted.taken.release();
    }
  }

  async #lookUp(principal: Principal, args: Arguments): Promise<ToolResult> {
    checkArguments(GET_REQUEST, args);
    const { view, through } = await this.#request(principal, getRequestInput.parse(args).request_id);
    const allowed = await this.admission.visible(principal, view, through);
    if (!allowed) throw new ServonautError('request_unknown');
    return answerLookup(asCallerSees(view), this.#bounds(allowed));
  }

  async #request(principal: Principal, id: string): Promise<{ view: RequestView; through?: CallThrough }> {
    try {
      return { view: await this.relay.getRequest(principal.userId, id) };
    } catch (error) {
      if (!(error instanceof ServonautError) || error.code !== 'request_unknown') throw error;
      // It asks after everybody who lets this one use a server: no guessing of ids for free.
      await this.limits.take('unknown_requests', `${principal.kind}:${principal.id}`);
      return this.others.request(principal, id);
    }
  }

  #bounds({ outputBytes: bytes }: Pick<OwnCall, 'outputBytes'>): OutputBounds {
    return { length: this.config.mcp.answerLength, bytes };
  }

  /** Nothing of a foreign error may reach the agent: its text may hold anything. */
  #unexpected(error: unknown, tool: string): ServonautError {
    this.#logger.error(`${tool} failed unexpectedly`, error instanceof Error ? error.stack : String(error));
    return new ServonautError('internal', {
      message: 'Something went wrong on our side; if the call changes anything, it may or may not have run.',
      nextStep: 'Check the server before repeating anything that is not safe to repeat.',
      cause: error,
    });
  }
}

/** A call, and what had been heard when it came (`StandingCalls`). */
interface HeardCall extends ArrivedCall {
  readonly heard: number;
}

function codeOf(error: unknown): string {
  return error instanceof ServonautError ? error.code : 'internal';
}

/** Nothing has begun unless there is a request: then the agent has to know which. */
function notRecorded({ requestId }: ArrivedCall, error: unknown, view: PromiseSettledResult<RequestView>): unknown {
  if (!(error instanceof ServonautError) || view.status === 'rejected') return error;
  return new ServonautError(error.code, {
    message: 'The call could not be recorded, and was cancelled when that was known; it may have begun.',
    nextStep: `Call get_request with the request_id ${requestId} before repeating anything that is not safe to repeat.`,
    facts: { request_id: requestId },
    cause: error,
  });
}
