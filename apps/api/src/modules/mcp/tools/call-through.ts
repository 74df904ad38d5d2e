import type { Principal } from '../../auth/index.ts';
import type { RequestDelegation } from '../../relay/index.ts';

/** How a user reaches a server of somebody else. */
export interface CallThrough {
  /** Whose executors run it. */
  readonly grantorId: string;
  readonly delegation: RequestDelegation;
  /** When it ends; null for no time of its own. */
  readonly until: Date | null;
  /** Who calls, with all levels that the call has to satisfy. */
  readonly principal: Principal;
  readonly server: OthersServer;
}

/** A server of somebody else, and its labels as each of their connected executors tells them. */
export interface OthersServer {
  readonly owner: string;
  /** As its owner calls it. */
  readonly name: string;
  readonly labels: readonly Readonly<Record<string, string>>[];
}
