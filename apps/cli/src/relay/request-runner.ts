import { ServonautError, WIRE_DEFAULTS, type CommandResultInput } from '@servonaut/contracts';
import type { Journal } from '../journal/journal.ts';
import type { CallAudit } from '../local-audit/call-audit.ts';
import type { AdmittedCancel, AdmittedRequest, Asked, Refusal } from './admission/request-gate.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { CoordinatorClock } from './coordinator-clock.ts';
import { Acknowledgement } from './acknowledgement.ts';
import { EarlyCancels } from './early-cancels.ts';
import { ProgressSender } from './progress-sender.ts';
import type { Report, ShownRequest } from './relay-event.ts';
import { mayHaveBegun, refusedResult, resultBody } from './result-body.ts';
import type { ResultDelivery } from './result-delivery.ts';
import { RunningSlots } from './running-slots.ts';
import { splitTimeout } from './split-timeout.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface RequestRunnerOptions {
  readonly journal: Journal;
  readonly delivery: ResultDelivery;
  readonly audit: CallAudit;
  readonly tools: ToolRunner;
  readonly coordinator: Pick<CoordinatorClient, 'ack' | 'progress'>;
  readonly clock: CoordinatorClock;
  /** Most requests that run at once. */
  readonly maxRunning: number;
  readonly report: Report;
}

interface Held {
  readonly request: AdmittedRequest;
  /** Aborted with the ServonautError that says why. */
  readonly stop: AbortController;
  readonly acknowledgement: Acknowledgement;
  /** It is in the journal. */
  running: boolean;
  /** Stops it, while it waits for the operator. */
  rightEnds?: NodeJS.Timeout | undefined;
  /** What waits for the operator has none. */
  hasSlot: boolean;
  /** Milliseconds on the way here, and from then until it began. */
  timings: { delivery: number; queue: number };
}

/** Runs admitted requests, each at most once, and sees to it that each ends in a result. */
export class RequestRunner {
  readonly #options: RequestRunnerOptions;
  readonly #slots: RunningSlots;
  readonly #held = new Map<string, Held>();
  readonly #earlyCancels = new EarlyCancels();
  readonly #idleWaiters: (() => void)[] = [];
  #draining = false;
  #thereSince = -Infinity;

  constructor(options: RequestRunnerOptions) {
    this.#options = options;
    this.#slots = new RunningSlots(options.maxRunning);
  }

  /** @param since when the coordinator first knew this process to be there, in milliseconds of its clock */
  thereSince(since: number): void {
    this.#thereSince = since;
  }

  /** Ids of the requests that run right now, for the heartbeat. */
  running(): string[] {
    return [...this.#held.values()].filter((held) => held.running).map((held) => held.request.requestId);
  }

  /** Takes a request or a cancel. Whatever was taken before, by this process or an earlier one, is left alone. */
  take(admission: AdmittedRequest | AdmittedCancel | Refusal): void {
    const { requestId } = admission;
    if (admission.kind === 'cancel') return this.#cancel(admission);
    if (this.#wasTaken(requestId)) return;
    if (this.#mayHaveBegun(admission)) return this.#refuse(admission, mayHaveBegun());
    if (admission.kind === 'refusal') return this.#refuseAdmission(admission);
    if (this.#draining) return this.#refuse(admission, new ServonautError('executor_draining'));
    if (this.#earlyCancels.take(requestId)) return this.#refuse(admission, new ServonautError('request_cancelled'));
    const held = this.#heldOf(admission);
    this.#held.set(requestId, held);
    void this.#hold(held);
  }

  #heldOf(request: AdmittedRequest): Held {
    const { coordinator, clock, report } = this.#options;
    const stop = new AbortController();
    const acknowledgement = new Acknowledgement({
      request,
      coordinator,
      clock,
      onTooLate: (error) => stop.abort(held.running ? stoppedAfterStart(error) : error),
      warn: (message) => report({ event: 'warning', message }),
    });
    const timings = this.#timingsSoFar(request);
    const held: Held = { request, stop, acknowledgement, running: false, hasSlot: false, timings };
    return held;
  }

  /** Takes nothing more, refuses what waits, and gives what runs `graceMs` to end before it is stopped. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const held of this.#held.values()) if (!held.running) held.stop.abort(new ServonautError('executor_draining'));
    const timer = setTimeout(() => this.#stopAll(), graceMs);
    await this.#idle();
    clearTimeout(timer);
  }

  #stopAll(): void {
    const error = new ServonautError('executor_draining', {
      message: 'The executor shut down before the command had ended; it was stopped.',
    });
    for (const held of this.#held.values()) held.stop.abort(error);
  }

  #idle(): Promise<void> {
    return this.#held.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #cancel(cancel: AdmittedCancel): void {
    const held = this.#held.get(cancel.requestId);
    if (held) held.stop.abort(new ServonautError('request_cancelled'));
    else if (!this.#options.journal.knows(cancel.requestId)) this.#earlyCancels.add(cancel, this.#options.clock.now());
  }

  async #hold(held: Held): Promise<void> {
    const { requestId } = held.request;
    try {
      await this.#whenThereIsRoom(held, () => this.#run(held));
    } catch (error) {
      this.#endWith(held, error);
    } finally {
      held.acknowledgement.ended();
      clearTimeout(held.rightEnds);
      this.#held.delete(requestId);
      if (this.#held.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  /** What fails before the start means that nothing ran; after it, that is not known to be so. */
  #endWith({ request, running }: Held, error: unknown): void {
    const detail = { cause: error, detail: String(error) };
    const known = error instanceof ServonautError ? error : new ServonautError('internal', detail);
    if (running) void this.#spool(request, refusedResult(request.requestId, 'error', known));
    else this.#refuse(request, known);
  }

  /** @throws ServonautError `request_expired` when there was none by the start-by deadline, or what the request was stopped with */
  async #whenThereIsRoom(held: Held, run: () => Promise<void>): Promise<void> {
    const { request, stop } = held;
    const msLeft = request.startBy - this.#options.clock.now();
    const timer = setTimeout(() => stop.abort(new ServonautError('request_expired')), msLeft);
    held.hasSlot = await this.#slots.take(stop.signal);
    clearTimeout(timer);
    if (!held.hasSlot) throw stop.signal.reason;
    try {
      await run();
    } finally {
      this.#leaveSlot(held);
    }
  }

  #leaveSlot(held: Held): void {
    if (held.hasSlot) this.#slots.release();
    held.hasSlot = false;
  }

  /** The pipeline turns every failure into a result, and calls `onStart` before anything runs: what ends without it has not run. */
  async #run(held: Held): Promise<void> {
    const { request, stop, acknowledgement } = held;
    stop.signal.throwIfAborted();
    const { timeoutSeconds = WIRE_DEFAULTS.timeoutSeconds, payload } = splitTimeout(request.payload);
    const { requestId, executorId, tool, server, principal } = request;
    const progress = new ProgressSender({
      requestId,
      post: (part) => this.#options.coordinator.progress({ ...part, executor_id: executorId }),
    });
    const result = await this.#options.tools.run({
      requestId,
      tool,
      server,
      payload,
      principal,
      signal: stop.signal,
      timeoutMs: timeoutSeconds * 1_000,
      onWaiting: (until) => this.#onWaiting(held, until),
      onStart: () => this.#onStart(held),
      onProgress: progress.push.bind(progress),
    });
    progress.end();
    // Not as soon as the command has ended: a result that is large or must wait is announced, so that it is not given up meanwhile.
    const delivered = this.#spool(request, { ...result, timings: { ...held.timings, ...result.timings } });
    void delivered.then(() => acknowledgement.notNeeded());
    // The post leaves with the next tick, and the line about it after that.
    process.nextTick(() => this.#reportEnd(request, result));
  }

  /** The operator may take long, so others may run meanwhile. */
  #onWaiting(held: Held, until: number | undefined): void {
    clearTimeout(held.rightEnds);
    if (until === undefined) return;
    held.rightEnds = this.#whenRightEnds(held, until - Date.now());
    this.#leaveSlot(held);
    held.acknowledgement.waiting(until);
    this.#options.report({ event: 'request_waiting', request: shown(held.request), until });
  }

  /** Nobody is asked about what the asker may ask for no more. What ends after the operator is asked at all needs no timer, nor is one as long. */
  #whenRightEnds({ request, stop }: Held, waitsMs: number): NodeJS.Timeout | undefined {
    const { expires_at: end } = request.principal;
    const leftMs = end === undefined ? Infinity : Date.parse(end) - this.#options.clock.now();
    if (leftMs >= waitsMs) return undefined;
    const message = 'The right by which it was asked for ended while it waited for the operator; nothing was run.';
    return setTimeout(() => stop.abort(new ServonautError('request_cancelled', { message })), leftMs);
  }

  /** @throws ServonautError when the journal does not take it: then it is not run */
  #onStart(held: Held): void {
    this.#options.journal.start(held.request);
    held.running = true;
    held.timings = this.#timingsSoFar(held.request);
    if (!held.hasSlot) this.#slots.takeAnyway();
    held.hasSlot = true;
    held.acknowledgement.soon();
    // The line about it need not delay the command.
    process.nextTick(() => this.#options.report({ event: 'request_started', request: shown(held.request) }));
  }

  /** Milliseconds on the way here, and from then until now. */
  #timingsSoFar({ createdAt, receivedAt }: AdmittedRequest): { delivery: number; queue: number } {
    const [delivery, queue] = [receivedAt - createdAt, this.#options.clock.now() - receivedAt];
    return { delivery: Math.round(delivery * 100) / 100, queue: Math.round(queue * 100) / 100 };
  }

  /**
   * What is not sealed by the coordinator is not the coordinator's: answering it would let whoever writes to the hub end a real request, by its id,
   * with a refusal in our name. The operator sees it; a request of which nothing else arrives ends as not delivered.
   */
  #refuseAdmission(refusal: Refusal): void {
    const { requestId, error, sealed } = refusal;
    if (sealed) this.#refuse(refusal, error);
    else this.#options.report({ event: 'request_refused', requestId, error });
  }

  #wasTaken(requestId: string): boolean {
    return this.#held.has(requestId) || this.#options.journal.knows(requestId);
  }

  /** Then nothing else may be said of it: that it has expired, or was for the process before this one, would mean that nothing ran. */
  #mayHaveBegun({ createdAt = Infinity }: AdmittedRequest | Refusal): boolean {
    return createdAt <= this.#thereSince && this.#options.journal.isDoubtful;
  }

  #refuse(asked: AdmittedRequest | Refusal, error: ServonautError): void {
    const { requestId } = asked;
    if (asked.kind === 'run') this.#recordAsked(asked, error);
    this.#options.report({ event: 'request_refused', requestId, error });
    void this.#spool(asked, refusedResult(requestId, 'rejected', error));
  }

  /** The pipeline, which records that of others, was not asked. The refusal stands, whether or not it can be recorded. */
  #recordAsked(asked: AdmittedRequest, { code }: ServonautError): void {
    try {
      this.#options.audit.recordDecided(asked, { refused: code });
    } catch (error) {
      this.#options.report({ event: 'warning', message: (error as Error).message });
    }
  }

  /**
   * A result that the disk does not take is still posted: it then only does not outlive this process.
   * @returns when it has been taken, or will not be by this process
   */
  #spool(asked: Asked, result: CommandResultInput): Promise<void> {
    const { journal, delivery, audit, report } = this.#options;
    const body = resultBody({ ...result, executor_id: asked.executorId }, asked, audit);
    try {
      return delivery.deliver(journal.finish(result.request_id, body));
    } catch (error) {
      report({ event: 'warning', message: (error as Error).message });
      return delivery.deliver({ requestId: result.request_id, body, finishedAt: Date.now() });
    }
  }

  #reportEnd(request: AdmittedRequest, result: CommandResultInput): void {
    this.#options.report({
      event: 'request_finished',
      request: shown(request),
      status: result.status,
      exitCode: result.exit_code ?? null,
      errorCode: result.error_code,
      durationMs: result.execution_time_ms,
    });
    const { error_code: code, error_message: message } = result;
    // Whoever asked is not told what: `resultBody`.
    if (code === 'config_invalid' && message) this.#options.report({ event: 'warning', message });
  }
}

function shown({ requestId, tool, server, principal }: AdmittedRequest): ShownRequest {
  return { requestId, tool, server, principal: principal.label };
}

/** Never the code of the answer: of a request that is merely expired an agent believes that nothing was run, and asks again. */
function stoppedAfterStart(answer: ServonautError): ServonautError {
  const message = `The request had begun, and was ended since the coordinator no longer waited for it. ${answer.message}`;
  return new ServonautError('request_cancelled', { message, cause: answer });
}
