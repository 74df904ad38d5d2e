/** A session together with whom it belongs to: whoever is not its owner cannot name it. */
export interface SessionAddress {
  readonly sessionId: string;
  /** The credential (or user) that opened the stream. */
  readonly owner: string;
}

/** Port: brings a message from the process that an agent has posted it to, to the one that holds the agent's stream. */
export abstract class SessionRouter {
  /** Makes the session reachable. @returns how to end that. */
  abstract listen(address: SessionAddress, receive: (message: unknown) => void): Promise<() => Promise<void>>;

  /**
   * Hands a message over, in the order of the calls.
   * @returns false when nobody holds a session of this id for this owner.
   * @throws ServonautError `unavailable` when that cannot be found out.
   */
  abstract send(address: SessionAddress, message: unknown): Promise<boolean>;
}

/** One text for both parts. The session id has no space in it, so no two addresses have the same key. */
export function addressKey({ sessionId, owner }: SessionAddress): string {
  return `${sessionId} ${owner}`;
}
