import type { RelayEvent } from '../relay/relay-event.ts';
import type { ConnectFacts } from './connect-view.ts';
import { plainText } from './plain-text.ts';
import { requestText } from './render-activity.ts';
import { pauseText } from './render-pause.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;

function finishedText(event: Extract<RelayEvent, { event: 'request_finished' }>): string {
  const exit = event.exitCode === null ? '' : `, exit ${event.exitCode}`;
  const code = event.errorCode === undefined ? '' : ` [${event.errorCode}]`;
  return `${requestText(event.request)}: ${event.status}${exit}${code}, ${seconds(event.durationMs)}`;
}

function connectedText({ user, profile, url, servers, tools }: ConnectFacts): string {
  return `connected as ${plainText(user)}, profile ${profile}, ${url}: ${servers} server(s), ${tools} tool(s)`;
}

/** One event as a line for people, without its time. */
export function eventLine(event: RelayEvent, facts: ConnectFacts): string {
  if (event.event === 'connecting') return `connecting to ${facts.url}`;
  return event.event === 'connected' ? connectedText(facts) : callEventLine(event);
}

/** The same of one that is not about the coordinator. */
export function callEventLine(event: Exclude<RelayEvent, { event: 'connecting' | 'connected' }>): string {
  switch (event.event) {
    case 'waiting':
      return `not connected, next try in ${seconds(event.retryInMs)}${event.reason === undefined ? '' : `: ${plainText(event.reason)}`}`;
    case 'draining':
      return `stopping: no new requests, ${event.running} running`;
    case 'disconnected':
      return event.undelivered === 0
        ? 'disconnected'
        : `disconnected, ${event.undelivered} result(s) kept for the next start`;
    case 'paused':
      return `paused ${pauseText(event.pause)}: what ran is stopped, everything is refused until "servonaut resume"`;
    case 'resumed':
      return 'resumed: requests are run again';
    case 'request_waiting':
      return `${requestText(event.request)}: waits for your approval`;
    case 'request_started':
      return `${requestText(event.request)}: started`;
    case 'request_finished':
      return finishedText(event);
    case 'request_refused':
      return `refused ${event.requestId}: ${plainText(event.error.detail ?? event.error.message)} [${event.error.code}]`;
    case 'result_waiting':
      return `result of ${event.requestId} kept, will be offered again: ${plainText(event.reason)}`;
    case 'result_dropped':
      return `result of ${event.requestId} dropped: ${plainText(event.reason)}`;
    case 'warning':
      return `warning: ${plainText(event.message)}`;
  }
}
