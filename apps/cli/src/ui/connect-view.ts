import type { RelayEvent } from '../relay/relay-event.ts';
import type { ShowQuestion } from './approval-prompt.ts';

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
  /** Shows a question until there is another or none; only where somebody can answer. */
  readonly ask?: ShowQuestion;
  close(): void;
}
