import type { ServerEntry, ToolManifest } from '@servonaut/contracts';
import type { RelayCall, RequestView } from './relay-call.ts';

/** Port that McpModule calls. What stands behind it knows nothing of MCP. */
export abstract class Relay {
  /**
   * Sends the call to an executor and waits for its end.
   * @throws ServonautError `executor_offline`, `unknown_server`, `unknown_tool`, `too_many_requests`, `relay_unavailable`: nothing was
   * run and no request exists. Everything later is an outcome in the view, never an exception.
   */
  abstract dispatch(call: RelayCall): Promise<RequestView>;

  /** @throws ServonautError `request_unknown`, also for another user's request. */
  abstract getRequest(userId: string, requestId: string): Promise<RequestView>;

  /** Tools of the user's connected executors, by name; empty when none is connected. */
  abstract connectedTools(userId: string): Promise<readonly ToolManifest[]>;

  /** Servers of the user's connected executors; one that several have is there as each of them describes it. */
  abstract connectedServers(userId: string): Promise<readonly ServerEntry[]>;
}
