import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError, type CommandResultInput, type ServerEntry } from '@servonaut/contracts';
import type { AnyTool, ToolReturn } from '@servonaut/plugin-sdk';
import type { Approver, AskedPreview } from '../approval/approver.ts';
import type { CallAudit } from '../local-audit/call-audit.ts';
import type { DecidedCall } from '../local-audit/local-audit.ts';
import type { OutputStore } from '../output/output-store.ts';
import type { PauseSwitch } from '../pause/pause-switch.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';
import { serversWithin } from '../policy/principal-servers.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { ToolCall, ToolRunner } from '../relay/tool-runner.ts';
import { Deadline } from '../ssh/deadline.ts';
import type { RemoteShell } from '../ssh/remote-shell.ts';
import { asServonautError } from '../ui/render-error.ts';
import {
  askPolicy,
  mayLook,
  refuseDenied,
  refuseMachine,
  refuseOther,
  type AskedCall,
  type AskedCallParts,
} from './asked-call.ts';
import { CommandCheck } from './command-check.ts';
import { GivenSecrets } from './given-secrets.ts';
import { machineDigest } from './machine-digest.ts';
import { askedPreview } from './call-preview.ts';
import { CallContext, type CallContextParts } from './tool-context.ts';
import { redactedResult } from './redacted-result.ts';
import { NO_INSTANCE_SOURCES, type InstanceSources } from './source-instances.ts';
import type { ToolResources } from './tool-resources.ts';
import { answeredResult, failedResult, type ToolEnd } from './tool-result.ts';

/**
 * How long a tool may go on after its time is over, in milliseconds: long enough for its command to be stopped on the server. What is not back
 * by then is given up, since code in our own process cannot be stopped.
 */
const TOOL_GRACE_MS = 15_000;

export interface ToolPipelineParts extends AskedCallParts {
  readonly pause: PauseSwitch;
  readonly policy: Pick<Policy, 'decide' | 'classOf' | 'version'>;
  /** Without one, what would have to be asked is refused. */
  readonly approver: Approver | undefined;
  /** What it does not take is not run. */
  readonly audit: Pick<CallAudit, 'recordAsked' | 'recordDecided'>;
  readonly shell: RemoteShell;
  readonly outputs: OutputStore;
  /** Nothing leaves that has not gone through it. */
  readonly redactor: Pick<Redactor, 'stream' | 'redact' | 'redactJson'>;
  readonly resources: ToolResources;
  /** Clouds that tools may ask of their instances; without it there are none. */
  readonly instances?: InstanceSources;
  /** Told of errors that are faults of a tool or of ours, which the caller learns only by code. */
  readonly onFault?: (requestId: string, error: unknown) => void;
}

type Answer = ToolReturn<Record<string, unknown>>;

/** How the operator ends by hand what a pause does not reach: jobs that go on by themselves on servers. */
const WHILE_PAUSED: readonly string[] = ['job_status', 'job_output', 'stop_job'];

/** One use of a tool, from `since` on, on the clock of `performance.now()`. */
interface Use extends Pick<CallContextParts, 'call' | 'asked' | 'isPreview' | 'given'> {
  readonly since: number;
  readonly timeoutMs: number;
}

/** What is known of a call so far, whatever becomes of it. */
interface Course {
  /** When it arrived or, once it runs, when it began: on the clock of `performance.now()`. */
  since: number;
  hasBegun: boolean;
  decision: PolicyDecision | undefined;
  /** What the operator has answered. */
  approval: DecidedCall['approval'];
  context: CallContext | undefined;
  /** What the plugin was given of what the operator keeps for it. */
  readonly given: GivenSecrets;
}

/**
 * The one way in: every call, from the relay and from the command line, takes these steps in this order: validate, policy, approval, journal, run,
 * redact, report. While the executor is paused none of them is taken, but for the operator's own look at jobs, and to stop them.
 */
export class ToolPipeline implements ToolRunner {
  readonly #parts: ToolPipelineParts;
  readonly #check: CommandCheck;

  constructor(parts: ToolPipelineParts) {
    this.#parts = parts;
    this.#check = new CommandCheck(parts.policy);
  }

  /** A failure of any kind is a result, never a rejection. */
  async run(call: ToolCall): Promise<CommandResultInput> {
    const later = { decision: undefined, approval: null, context: undefined, given: new GivenSecrets() };
    const course: Course = { since: performance.now(), hasBegun: false, ...later };
    try {
      const isExempt = call.principal === undefined && WHILE_PAUSED.includes(call.tool);
      const steps = (signal: AbortSignal) => this.#steps({ ...call, signal }, course);
      const answer = await this.#parts.pause.during(call.signal, steps, isExempt);
      return this.#redacted(answeredResult(answer, endOf(call, course)), course);
    } catch (error) {
      const known = this.#known(call, error);
      if (!course.hasBegun) this.#recordRefusal(call, course, known);
      return this.#redacted(failedResult(known, endOf(call, course)), course);
    }
  }

  #redacted(result: CommandResultInput, { context, given }: Course): CommandResultInput {
    return redactedResult(given.takenOutOf(result), this.#parts.redactor, context);
  }

  async #steps(call: ToolCall, course: Course): Promise<Answer> {
    const asked = askPolicy(call, this.#parts);
    course.decision = asked.decision;
    refuseDenied(asked);
    const agreed = asked.decision.decision === 'ask' ? await this.#approved(call, asked, course) : asked;
    course.decision = agreed.decision;
    call.signal.throwIfAborted();
    this.#parts.audit.recordDecided(call, course);
    call.onStart?.();
    course.since = performance.now();
    course.hasBegun = true;
    return this.#answer(call, agreed, course);
  }

  /** What the operator has agreed to, as it is now: between the question and the answer anything may have changed. */
  async #approved(call: ToolCall, asked: AskedCall, course: Course): Promise<AskedCall> {
    const { approver, audit, pause } = this.#parts;
    if (!approver) throw new ServonautError('approval_unavailable');
    const { principal, requestId, signal, server, tool } = call;
    const { input, decision } = asked;
    const looks = asked.tool.preview !== undefined && mayLook(asked, call, this.#parts);
    if (looks) {
      // Nothing is looked at for a question that nobody can be asked, or that is not on record.
      if (!approver.isAttended) throw new ServonautError('approval_unavailable');
      audit.recordAsked(call, decision);
    }
    const onWaiting = (until: number): void => {
      if (!looks) audit.recordAsked(call, decision);
      call.onWaiting?.(until);
    };
    const machine = await machineDigest(asked.server);
    const preview = looks ? await this.#preview(call, asked, course) : undefined;
    const question = { principal, tool, server, machine, input, decision, preview };
    const approval = await approver.approve(question, { requestId, signal, onWaiting });
    course.approval = { ...approval, is_approved: true };
    call.onWaiting?.(undefined);
    // To find out may take its time, so it comes before what is looked at last.
    const leadsTo = await machineDigest(askPolicy(call, this.#parts).server);
    const now = askPolicy(call, this.#parts);
    refuseDenied(now);
    refuseOther(asked, now);
    if (leadsTo !== machine) throw new ServonautError('approval_stale');
    pause.check();
    return { ...now, basis: preview?.basis };
  }

  /** Nobody has agreed to anything yet, so that it may only read. */
  async #preview(
    { onProgress: _, onFurther: __, ...call }: ToolCall,
    asked: AskedCall,
    { given }: Course,
  ): Promise<AskedPreview> {
    const { tool, input, decision } = asked;
    const looking: AskedCall = { ...asked, commands: undefined, decision: { ...decision, class: 'read-only' } };
    const times = { since: performance.now(), timeoutMs: Math.min(call.timeoutMs, this.#parts.resources.previewMs) };
    return this.#using({ call, asked: looking, given, ...times, isPreview: true }, async (context) =>
      askedPreview(tool.name, (await tool.preview?.(input, context)) ?? {}),
    );
  }

  async #answer(call: ToolCall, asked: AskedCall, course: Course): Promise<Answer> {
    const { tool, input } = asked;
    const times = { since: course.since, timeoutMs: call.timeoutMs };
    return this.#using({ call, asked, given: course.given, ...times, isPreview: false }, async (context) => {
      course.context = context;
      return checkData(tool, (await tool.run(input, context)) as Answer);
    });
  }

  /** Gives the tool what it may use for as long as it may take. */
  async #using<Value>(
    { call, asked, given, since, timeoutMs, isPreview }: Use,
    run: (context: CallContext) => Promise<Value>,
  ) {
    const { shell, outputs, redactor, inventory, resources, instances = NO_INSTANCE_SOURCES } = this.#parts;
    const deadline = new Deadline(timeoutMs, call.signal, () => new ServonautError('timed_out'));
    const { signal } = deadline;
    const servers = serversWithin(call.principal, inventory().entries);
    const parts = { check: this.#check, servers, shell, outputs, redactor, resources, instances, signal, isPreview };
    const checkMachine = (machine: ServerEntry): void => refuseMachine(machine, asked, call, this.#parts);
    const context = new CallContext({ call, asked, given, ...parts, checkMachine, endsAt: since + timeoutMs });
    try {
      return await Promise.race([run(context), givenUp(deadline, isPreview ? 0 : TOOL_GRACE_MS)]);
    } finally {
      deadline.clear();
    }
  }

  /** The refusal stands, whether or not it can be recorded. */
  #recordRefusal(call: ToolCall, { decision, approval }: Course, { code, facts }: ServonautError): void {
    const declined = code === 'approval_declined' ? { ...facts, is_approved: false } : null;
    const answer = (declined as DecidedCall['approval']) ?? approval;
    try {
      this.#parts.audit.recordDecided(call, { decision, approval: answer, refused: code });
    } catch (error) {
      this.#parts.onFault?.(call.requestId, error);
    }
  }

  #known({ requestId }: ToolCall, error: unknown): ServonautError {
    const known = asServonautError(error);
    if (known && known.code !== 'tool_failed') return known;
    this.#parts.onFault?.(requestId, error);
    // A stranger's message may hold anything, secrets too.
    return known ?? new ServonautError('tool_failed', { cause: error });
  }
}

function endOf({ requestId }: ToolCall, { since, hasBegun, decision, context }: Course): ToolEnd {
  const elapsedMs = performance.now() - since;
  const { hasRun = false, timings = {} } = context ?? {};
  return { requestId, elapsedMs, hasBegun, hasRun, decision, timings };
}

function checkData(tool: AnyTool, answer: Answer): Answer {
  if (answer.data === undefined || !tool.data) return answer;
  const parsed = tool.data.safeParse(answer.data);
  if (parsed.success) return { ...answer, data: parsed.data };
  throw new ServonautError('tool_failed', {
    message: `${tool.name} answered something else than it declares.`,
    detail: parsed.error.message,
  });
}

async function givenUp(deadline: Deadline, graceMs: number): Promise<never> {
  await deadline.passed;
  await delay(graceMs, undefined, { ref: false });
  throw deadline.signal.reason;
}
