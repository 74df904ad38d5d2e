import type { RelayEvent } from '../relay/relay-event.ts';
import type { ConnectFacts } from './connect-view.ts';
import { errorJson } from './render-error.ts';
import { pauseFacts } from './render-pause.ts';

function fields(event: RelayEvent, facts: ConnectFacts): object {
  switch (event.event) {
    case 'connected':
      return { event: event.event, ...facts };
    case 'waiting':
      return { event: event.event, retry_in_ms: Math.round(event.retryInMs), reason: event.reason };
    case 'paused':
      return { event: event.event, ...pauseFacts(event.pause) };
    case 'request_waiting':
      return {
        event: event.event,
        ...requestFields(event.request),
        expires_at: new Date(event.until).toISOString(),
      };
    case 'request_started':
      return { event: event.event, ...requestFields(event.request) };
    case 'request_finished': {
      const { status, exitCode: exit_code, errorCode: error_code, durationMs: duration_ms } = event;
      return { event: event.event, ...requestFields(event.request), status, exit_code, error_code, duration_ms };
    }
    case 'request_refused':
      return { event: event.event, request_id: event.requestId, ...errorJson(event.error) };
    case 'result_waiting':
    case 'result_dropped':
      return { event: event.event, request_id: event.requestId, reason: event.reason };
    default:
      return event;
  }
}

function requestFields({ requestId, ...rest }: { requestId: string }): object {
  return { request_id: requestId, ...rest };
}

/** One event as a line of JSON. */
export function eventJson(event: RelayEvent, facts: ConnectFacts, at: Date): string {
  return JSON.stringify({ time: at.toISOString(), ...fields(event, facts) });
}
