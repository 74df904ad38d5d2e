import { Injectable } from '@nestjs/common';
import { untilFull, type CallHooks, type EndedCall } from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';
import { Relay, type RequestView } from '../../relay/index.ts';
import { CallAdmission, secondsUntil, type AdmittedCall } from './call-admission.ts';
import { CallAudit, type ArrivedCall } from './call-audit.ts';
import { letGo } from './let-go.ts';
import { asCallerHears, asCallerSees } from './others-refusals.ts';
import { OthersServers } from './others-servers.ts';
import { RefusedCalls } from './refused-calls.ts';
import { StandingCalls } from './standing-calls.ts';

/** Calls that executors run: let in, recorded, sent, and waited for. */
@Injectable()
export class RelayedCalls {
  constructor(
    private readonly relay: Relay,
    private readonly admission: CallAdmission,
    private readonly audit: CallAudit,
    private readonly refused: RefusedCalls,
    private readonly others: OthersServers,
    private readonly standing: StandingCalls,
  ) {}

  /**
   * Runs a call to its end.
   * @throws ServonautError when nothing came of it, or it could not be recorded
   */
  async run(call: ArrivedCall, hooks: CallHooks): Promise<EndedCall<RequestView>> {
    this.audit.checkRoom(call);
    const { heard } = this.standing;
    const through = await this.others.through(call).catch(this.refused.recording(call));
    const placed = through ? { ...call, through } : call;
    this.audit.checkRoom(placed);
    const admitted = await this.admission.admit(placed).catch(this.refused.recording(placed));
    const view = await this.#dispatchRecorded({ ...placed, heard }, admitted, hooks);
    return {
      view: asCallerSees(this.admission.told(view, call.principal, through)),
      outputBytes: admitted.outputBytes,
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
    { sent, outputBytes, taken }: AdmittedCall,
    { onProgress, onWaiting, ...hooks }: CallHooks,
  ): Promise<RequestView> {
    const shown = onProgress && (outputBytes === null ? onProgress : untilFull(outputBytes, onProgress));
    return this.relay.dispatch({
      requestId,
      tool,
      ...sent,
      timeoutSeconds: Math.min(sent.timeoutSeconds, secondsUntil(through?.until)),
      ...hooks,
      ...(shown && { onProgress: shown }),
      onWaiting: (until) => {
        if (until !== null) taken.waits(until - Date.now());
        onWaiting?.(until);
      },
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
