import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError, type CommandResultInput, type Payload } from '@servonaut/contracts';
import type { AnyTool, ToolReturn } from '@servonaut/plugin-sdk';
import type { z } from 'zod';
import type { Inventory } from '../inventory/inventory.ts';
import type { Server } from '../inventory/server.ts';
import type { OutputStore } from '../output/output-store.ts';
import type { DenyingPolicy } from '../policy/denial.ts';
import { checkPrincipalReaches, serversWithin } from '../policy/principal-servers.ts';
import type { ToolCall, ToolRunner } from '../relay/tool-runner.ts';
import { Deadline } from '../ssh/deadline.ts';
import type { RemoteShell } from '../ssh/remote-shell.ts';
import { asServonautError } from '../ui/render-error.ts';
import { CallContext } from './tool-context.ts';
import { answeredResult, failedResult } from './tool-result.ts';

/**
 * How long a tool may go on after its time is over, in milliseconds: long enough for its command to be stopped on the server. What is not back
 * by then is given up, since code in our own process cannot be stopped.
 */
const TOOL_GRACE_MS = 15_000;

export interface ToolPipelineParts {
  readonly tools: { find(name: string): AnyTool | undefined };
  /** The inventory as it is now: it is read anew when the executor registers. */
  readonly inventory: () => Inventory;
  readonly policy: DenyingPolicy;
  readonly shell: RemoteShell;
  readonly outputs: OutputStore;
  /** Told of errors that are faults of a tool or of ours, which the caller learns only by code. */
  readonly onFault?: (requestId: string, error: unknown) => void;
}

type Answer = ToolReturn<Record<string, unknown>>;

function parseInput(tool: AnyTool, payload: Payload): Record<string, unknown> {
  const parsed = tool.input.safeParse(payload);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue: z.core.$ZodIssue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`,
  );
  throw new ServonautError('invalid_request', { message: `Not valid for ${tool.name}: ${faults.join('; ')}.` });
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

/** The one way in: every call, from the relay and from the command line, takes these steps in this order. */
export class ToolPipeline implements ToolRunner {
  readonly #parts: ToolPipelineParts;

  constructor(parts: ToolPipelineParts) {
    this.#parts = parts;
  }

  /** A failure of any kind is a result, never a rejection. */
  async run(call: ToolCall): Promise<CommandResultInput> {
    const started = performance.now();
    const timings: Record<string, number> = {};
    const end = () => ({ requestId: call.requestId, elapsedMs: performance.now() - started, timings });
    try {
      const tool = this.#tool(call.tool);
      const server = this.#server(tool, call);
      const input = parseInput(tool, call.payload);
      this.#permit(call, input);
      const answer = await this.#answer(tool, input, { call, server, endsAt: started + call.timeoutMs, timings });
      return answeredResult(checkData(tool, answer), end());
    } catch (error) {
      return failedResult(this.#known(call, error), end());
    }
  }

  #tool(name: string): AnyTool {
    const tool = this.#parts.tools.find(name);
    if (!tool) throw new ServonautError('unknown_tool', { message: `There is no tool "${name}" on this executor.` });
    return tool;
  }

  #server(tool: AnyTool, { server: name, principal }: ToolCall): Server | null {
    if (tool.target === 'server' && name === null) {
      throw new ServonautError('invalid_request', { message: `${tool.name} needs a server.` });
    }
    if (tool.target === 'executor' && name !== null) {
      throw new ServonautError('invalid_request', { message: `${tool.name} takes no server.` });
    }
    if (name === null) return null;
    const inventory = this.#parts.inventory();
    checkPrincipalReaches(principal, name, inventory.entries);
    return inventory.get(name);
  }

  #permit({ tool, server, principal }: ToolCall, input: Record<string, unknown>): void {
    const denial = this.#parts.policy.denial({ tool, server, principal, input });
    if (denial) throw new ServonautError('policy_denied', { message: denial.message, facts: { rule: denial.rule } });
  }

  async #answer(
    tool: AnyTool,
    input: Record<string, unknown>,
    run: { call: ToolCall; server: Server | null; endsAt: number; timings: Record<string, number> },
  ): Promise<Answer> {
    const { call, server, endsAt, timings } = run;
    const { shell, outputs, inventory } = this.#parts;
    const deadline = new Deadline(call.timeoutMs, call.signal, () => new ServonautError('timed_out'));
    const { signal } = deadline;
    const servers = serversWithin(call.principal, inventory().entries);
    const context = new CallContext({ call, server, servers, shell, outputs, signal, endsAt });
    try {
      signal.throwIfAborted();
      return (await Promise.race([tool.run(input, context), givenUp(deadline)])) as Answer;
    } finally {
      deadline.clear();
      Object.assign(timings, context.timings);
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

async function givenUp(deadline: Deadline): Promise<never> {
  await deadline.passed;
  await delay(TOOL_GRACE_MS, undefined, { ref: false });
  throw deadline.signal.reason;
}
