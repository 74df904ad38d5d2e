import type { CommandProgress, CommandResultInput, Payload } from '@servonaut/contracts';
import type { ToolProgress } from '@servonaut/plugin-sdk';
import type { Caller } from '../policy/caller.ts';

/** One call of a tool, wherever it comes from. */
export interface ToolCall {
  readonly requestId: string;
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: string | null;
  /** Arguments without `server` and `timeout_seconds`, not validated yet. */
  readonly payload: Payload;
  /** Undefined when the operator calls. */
  readonly principal: Caller | undefined;
  /** Stops the call; its reason is the ServonautError that says why. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Leaves in the output of commands what steers a terminal: for one, and not for a model. */
  readonly raw?: boolean;
  /**
   * Called when all have agreed, right before anything runs; without it nothing has run. For the journal: what it throws refuses the call.
   */
  readonly onStart?: () => void;
  /** The operator is being asked, at most until then (milliseconds since the epoch); undefined: no longer. `timeoutMs` counts from after that. */
  readonly onWaiting?: (until: number | undefined) => void;
  readonly onProgress?: (stream: CommandProgress['stream'], chunk: string) => void;
  /** Told how far the tool says that it is, a few times a second; its text is safe to show. */
  readonly onFurther?: (update: ToolProgress) => void;
}

/** The executor's pipeline, as the relay needs it. A failure of any kind is a result, never a rejection. */
export interface ToolRunner {
  run(call: ToolCall): Promise<CommandResultInput>;
}
