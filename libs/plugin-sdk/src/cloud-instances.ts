import type { InstanceAction, InstanceState } from './inventory/found-instance.ts';

/** A machine of a cloud as a tool may know it: without its address, its account and the cloud's own id of it. */
export interface CloudInstance {
  /** As a server of the same machine is called. Others may have the same name. */
  readonly name: string;
  /** Of `servers.yaml`: `aws`, or `aws 2` for the second of the kind. */
  readonly source: string;
  readonly state: InstanceState;
  readonly type: string | null;
  readonly zone: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The same for the same machine and no other, in any call; it says nothing else. Not for answers: a `basis` may hold it. */
  readonly key: string;
}

export interface InstanceListing {
  readonly instances: readonly CloudInstance[];
  /** Of how many machines nothing may be told, since they have no name or one that tells their address. */
  readonly leftOut: number;
  /** All that were asked. */
  readonly sources: readonly string[];
  /** Those that did not answer: what they have is not among the instances. */
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
}

/** The machines of the clouds that are sources of the operator's servers. */
export interface CloudInstances {
  /**
   * Asks all sources that can tell of machines, or one. One that fails hides no other.
   * @throws ServonautError `not_found` when there is no such source
   */
  list(this: void, source?: string): Promise<InstanceListing>;
  /**
   * Asks the cloud to do it, and does not wait until it has.
   * @param instance of this call's own `list`
   * @throws ServonautError `policy_denied` in a call that is not privileged, `cloud_refused` with the permission that is missing, `unavailable` when it is not known
   * whether the cloud has taken it
   */
  change(this: void, instance: CloudInstance, action: InstanceAction): Promise<void>;
  /** What it is doing now. @throws ServonautError `cloud_refused`, `unavailable` */
  state(this: void, instance: CloudInstance): Promise<InstanceState>;
}
