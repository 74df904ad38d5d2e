import type { RelayEvent } from '../relay/relay-event.ts';

/** What `connect` says of itself once it is connected. */
export interface ConnectFacts {
  readonly user: string;
  readonly profile: string;
  readonly url: string;
  readonly servers: number;
  readonly tools: number;
}

/** Shows what happens in `connect`. */
export interface ConnectView {
  show(event: RelayEvent): void;
  close(): void;
}
