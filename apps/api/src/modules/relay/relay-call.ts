import type {
  AgentError,
  CommandProgress,
  CommandResult,
  Outcome,
  RequestInstants,
  WirePrincipal,
} from '@servonaut/contracts';
import type { RequestDelegation, RequestState } from './pending/request-record.ts';

/** A tool call that has passed authentication, entitlements and the tool's schema. */
export interface RelayCall {
  /** Of the request that it becomes: a UUID of version 7. Default: a new one. */
  readonly requestId?: string;
  /** Whose executors are to run it. */
  readonly userId: string;
  readonly principal: WirePrincipal;
  /** When it is another user who asks: by whose leave. */
  readonly delegation?: RequestDelegation;
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: string | null;
  /** Arguments without `server`. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Run time in seconds. */
  readonly timeoutSeconds: number;
  readonly traceparent?: string;
  /** Aborting cancels the request: before it starts for good, afterwards by asking the executor to stop it. */
  readonly signal?: AbortSignal;
  /** Output while it comes, in order. */
  readonly onProgress?: (progress: CommandProgress) => void;
  /** Nothing runs yet, for the operator is asked, until then (milliseconds since the epoch); null when that is over. */
  readonly onWaiting?: (until: number | null) => void;
}

/** How a request stands: what `dispatch` resolves with when it has ended, and what `get_request` shows at any time. */
export interface RequestView {
  readonly requestId: string;
  readonly userId: string;
  /** Who asked, on behalf of the user, or of the caller of the delegation. */
  readonly principal: Pick<WirePrincipal, 'kind' | 'id'>;
  readonly delegation?: RequestDelegation;
  readonly tool: string;
  readonly server: string | null;
  readonly state: RequestState;
  /** In the state `awaiting_approval`: until when the operator may answer. */
  readonly approvalUntil?: string;
  /** Set once the request has an outcome. `unknown` is corrected when the result arrives after all. */
  readonly outcome?: Outcome;
  readonly result?: CommandResult;
  /** Why there is no result. */
  readonly error?: AgentError;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /**
   * Set when it has ended and may run nevertheless, since its end is not the word of its executor: until that has stopped it, having been told to, or, when it
   * is an older one that cannot be told, until its time is over.
   */
  readonly mayRun?: 'until_stopped' | 'until_over';
  /** Known to the process that has waited for the end, of an executor that tells its part. */
  readonly instants?: RequestInstants;
}
