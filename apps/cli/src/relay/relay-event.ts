import type { CommandResultInput, ServonautError } from '@servonaut/contracts';
import type { Pause } from '../pause/pause-file.ts';

/** A request as the operator sees it. Never its arguments: they may hold secrets. */
export interface ShownRequest {
  readonly requestId: string;
  readonly tool: string;
  readonly server: string | null;
  /** Label of whoever asks; written by the coordinator's users, so to be cleaned before it reaches a terminal. */
  readonly principal: string | undefined;
}

/** What happens in a relay client, for the views of `connect`. */
export type RelayEvent =
  | { readonly event: 'connecting' }
  | { readonly event: 'connected' }
  | { readonly event: 'waiting'; readonly retryInMs: number; readonly reason: string | undefined }
  | { readonly event: 'draining'; readonly running: number }
  | { readonly event: 'disconnected'; readonly undelivered: number }
  | { readonly event: 'paused'; readonly pause: Pause }
  | { readonly event: 'resumed' }
  /** Until when the operator may answer, in milliseconds since the epoch. */
  | { readonly event: 'request_waiting'; readonly request: ShownRequest; readonly until: number }
  | { readonly event: 'request_started'; readonly request: ShownRequest }
  | {
      readonly event: 'request_finished';
      readonly request: ShownRequest;
      readonly status: CommandResultInput['status'];
      readonly exitCode: number | null;
      readonly errorCode: string | undefined;
      readonly durationMs: number;
    }
  | { readonly event: 'request_refused'; readonly requestId: string; readonly error: ServonautError }
  | { readonly event: 'result_waiting'; readonly requestId: string; readonly reason: string }
  | { readonly event: 'result_dropped'; readonly requestId: string; readonly reason: string }
  | { readonly event: 'warning'; readonly message: string };

export type Report = (event: RelayEvent) => void;
