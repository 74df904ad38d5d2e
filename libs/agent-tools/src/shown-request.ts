import type { AgentError, CommandResult, Outcome, RequestInstants } from '@servonaut/contracts';

/** A request as whoever made it may see it. */
export interface ShownRequest {
  readonly requestId: string;
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: string | null;
  /** A word for how it stands. */
  readonly state: string;
  /** While the operator is asked: until when they may answer. */
  readonly approvalUntil?: string;
  /** Set once it has ended. */
  readonly outcome?: Outcome;
  readonly result?: CommandResult;
  /** Why there is no result. */
  readonly error?: AgentError;
  /** ISO 8601, as the next. */
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly instants?: RequestInstants;
}
